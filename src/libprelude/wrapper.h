/* What build.rs hands to bindgen: libprelude's umbrella header and those it leaves out. */
#include <libprelude/prelude.h>
#include <libprelude/prelude-log.h>
#include <libprelude/idmef-message-print-json.h>
