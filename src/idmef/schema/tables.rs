//! The rows: `idmef-tree.h` of libprelude 5.2, with the tags of its `idmef-message-id.h`.

use super::{Child, Class, END, Enumeration, Integer, List, Presence, Type};

const fn value(name: &'static str, kind: Type, tag: u8) -> Child {
    Child { name, kind, list: List::Single, presence: Presence::Optional, tag }
}

const fn text(name: &'static str, tag: u8) -> Child {
    value(name, Type::Text, tag)
}

const fn texts(name: &'static str, tag: u8) -> Child {
    Child { list: List::Many, ..text(name, tag) }
}

const fn integer(name: &'static str, kind: Integer, tag: u8) -> Child {
    value(name, Type::Integer(kind), tag)
}

const fn time(name: &'static str, tag: u8) -> Child {
    value(name, Type::Time, tag)
}

/// An enumerated value that may be missing.
const fn maybe(name: &'static str, enumeration: &'static Enumeration, tag: u8) -> Child {
    value(name, Type::Enumeration(enumeration), tag)
}

/// An enumerated value that is number 0 when nobody set it.
const fn always(name: &'static str, enumeration: &'static Enumeration, tag: u8) -> Child {
    Child { presence: Presence::Default, ..maybe(name, enumeration, tag) }
}

const fn required(child: Child) -> Child {
    Child { presence: Presence::Required, ..child }
}

const fn class(name: &'static str, class: &'static Class) -> Child {
    value(name, Type::Class(class), END)
}

const fn classes(name: &'static str, of: &'static Class) -> Child {
    Child { list: List::Many, ..class(name, of) }
}

const fn keyed(name: &'static str, of: &'static Class) -> Child {
    Child { list: List::Keyed, ..class(name, of) }
}

const fn either(name: &'static str, of: &'static Class) -> Child {
    Child { presence: Presence::Alternative, ..class(name, of) }
}

/// Where every path starts.
pub static MESSAGE: Class = Class {
    name: "message",
    tag: END,
    children: &[required(text("version", 29)), either("alert", &ALERT), either("heartbeat", &HEARTBEAT)],
};

static ALERT: Class = Class {
    name: "alert",
    tag: 27,
    children: &[
        text("messageid", 29),
        classes("analyzer", &ANALYZER),
        required(time("create_time", 30)),
        required(class("classification", &CLASSIFICATION)),
        time("detect_time", 31),
        time("analyzer_time", 32),
        classes("source", &SOURCE),
        classes("target", &TARGET),
        class("assessment", &ASSESSMENT),
        keyed("additional_data", &ADDITIONAL_DATA),
        either("tool_alert", &TOOL_ALERT),
        either("correlation_alert", &CORRELATION_ALERT),
        either("overflow_alert", &OVERFLOW_ALERT),
    ],
};

static HEARTBEAT: Class = Class {
    name: "heartbeat",
    tag: 28,
    children: &[
        text("messageid", 29),
        classes("analyzer", &ANALYZER),
        required(time("create_time", 30)),
        time("analyzer_time", 31),
        integer("heartbeat_interval", Integer::U32, 32),
        keyed("additional_data", &ADDITIONAL_DATA),
    ],
};

static ADDITIONAL_DATA: Class = Class {
    name: "additional_data",
    tag: 0,
    children: &[
        text("meaning", 30),
        always("type", &ADDITIONAL_DATA_TYPE, 29),
        required(value("data", Type::Data, 31)),
    ],
};

static REFERENCE: Class = Class {
    name: "reference",
    tag: 1,
    children: &[
        always("origin", &REFERENCE_ORIGIN, 29),
        required(text("name", 30)),
        required(text("url", 31)),
        text("meaning", 32),
    ],
};

static CLASSIFICATION: Class = Class {
    name: "classification",
    tag: 2,
    children: &[text("ident", 29), required(text("text", 30)), classes("reference", &REFERENCE)],
};

static USER_ID: Class = Class {
    name: "user_id",
    tag: 3,
    children: &[
        text("ident", 29),
        always("type", &USER_ID_TYPE, 30),
        text("tty", 31),
        text("name", 32),
        integer("number", Integer::U32, 33),
    ],
};

static USER: Class = Class {
    name: "user",
    tag: 4,
    children: &[text("ident", 29), always("category", &USER_CATEGORY, 30), classes("user_id", &USER_ID)],
};

static ADDRESS: Class = Class {
    name: "address",
    tag: 5,
    children: &[
        text("ident", 29),
        always("category", &ADDRESS_CATEGORY, 30),
        text("vlan_name", 31),
        integer("vlan_num", Integer::I32, 32),
        required(text("address", 33)),
        text("netmask", 34),
    ],
};

static PROCESS: Class = Class {
    name: "process",
    tag: 6,
    children: &[
        text("ident", 29),
        required(text("name", 30)),
        integer("pid", Integer::U32, 31),
        text("path", 32),
        texts("arg", 33),
        texts("env", 34),
    ],
};

static WEB_SERVICE: Class = Class {
    name: "web_service",
    tag: 7,
    children: &[required(text("url", 29)), text("cgi", 30), text("http_method", 31), texts("arg", 32)],
};

static SNMP_SERVICE: Class = Class {
    name: "snmp_service",
    tag: 8,
    children: &[
        text("oid", 29),
        integer("message_processing_model", Integer::U32, 30),
        integer("security_model", Integer::U32, 31),
        text("security_name", 32),
        integer("security_level", Integer::U32, 33),
        text("context_name", 34),
        text("context_engine_id", 35),
        text("command", 36),
    ],
};

static SERVICE: Class = Class {
    name: "service",
    tag: 9,
    children: &[
        text("ident", 29),
        integer("ip_version", Integer::U8, 30),
        integer("iana_protocol_number", Integer::U8, 31),
        text("iana_protocol_name", 32),
        text("name", 33),
        integer("port", Integer::U16, 34),
        text("portlist", 35),
        text("protocol", 36),
        either("web_service", &WEB_SERVICE),
        either("snmp_service", &SNMP_SERVICE),
    ],
};

static NODE: Class = Class {
    name: "node",
    tag: 10,
    children: &[
        text("ident", 29),
        always("category", &NODE_CATEGORY, 30),
        text("name", 32),
        text("location", 31),
        classes("address", &ADDRESS),
    ],
};

static SOURCE: Class = Class {
    name: "source",
    tag: 11,
    children: &[
        text("ident", 29),
        always("spoofed", &SPOOFED, 30),
        text("interface", 31),
        class("node", &NODE),
        class("user", &USER),
        class("process", &PROCESS),
        class("service", &SERVICE),
    ],
};

static FILE_ACCESS: Class =
    Class { name: "file_access", tag: 12, children: &[required(class("user_id", &USER_ID)), texts("permission", 29)] };

static INODE: Class = Class {
    name: "inode",
    tag: 13,
    children: &[
        time("change_time", 29),
        integer("number", Integer::U32, 30),
        integer("major_device", Integer::U32, 31),
        integer("minor_device", Integer::U32, 32),
        integer("c_major_device", Integer::U32, 33),
        integer("c_minor_device", Integer::U32, 34),
    ],
};

static CHECKSUM: Class = Class {
    name: "checksum",
    tag: 14,
    children: &[required(text("value", 29)), text("key", 30), always("algorithm", &CHECKSUM_ALGORITHM, 31)],
};

static FILE: Class = Class {
    name: "file",
    tag: 15,
    children: &[
        text("ident", 29),
        required(text("name", 30)),
        required(text("path", 31)),
        time("create_time", 32),
        time("modify_time", 33),
        time("access_time", 34),
        integer("data_size", Integer::U64, 35),
        integer("disk_size", Integer::U64, 36),
        classes("file_access", &FILE_ACCESS),
        classes("linkage", &LINKAGE),
        class("inode", &INODE),
        classes("checksum", &CHECKSUM),
        always("category", &FILE_CATEGORY, 37),
        maybe("fstype", &FILE_FSTYPE, 38),
        text("file_type", 39),
    ],
};

static LINKAGE: Class = Class {
    name: "linkage",
    tag: 16,
    children: &[
        always("category", &LINKAGE_CATEGORY, 29),
        required(text("name", 30)),
        required(text("path", 31)),
        required(class("file", &FILE)),
    ],
};

static TARGET: Class = Class {
    name: "target",
    tag: 17,
    children: &[
        text("ident", 29),
        always("decoy", &DECOY, 30),
        text("interface", 31),
        class("node", &NODE),
        class("user", &USER),
        class("process", &PROCESS),
        class("service", &SERVICE),
        classes("file", &FILE),
    ],
};

static ANALYZER: Class = Class {
    name: "analyzer",
    tag: 18,
    children: &[
        text("analyzerid", 29),
        text("name", 30),
        text("manufacturer", 31),
        text("model", 32),
        text("version", 33),
        text("class", 34),
        text("ostype", 35),
        text("osversion", 36),
        class("node", &NODE),
        class("process", &PROCESS),
    ],
};

static ALERTIDENT: Class =
    Class { name: "alertident", tag: 19, children: &[required(text("alertident", 29)), text("analyzerid", 30)] };

static IMPACT: Class = Class {
    name: "impact",
    tag: 20,
    children: &[
        maybe("severity", &IMPACT_SEVERITY, 29),
        maybe("completion", &IMPACT_COMPLETION, 30),
        always("type", &IMPACT_TYPE, 31),
        text("description", 32),
    ],
};

static ACTION: Class =
    Class { name: "action", tag: 21, children: &[always("category", &ACTION_CATEGORY, 29), text("description", 30)] };

static CONFIDENCE: Class = Class {
    name: "confidence",
    tag: 22,
    children: &[
        always("rating", &CONFIDENCE_RATING, 29),
        Child { presence: Presence::Default, ..value("confidence", Type::Float, 30) },
    ],
};

static ASSESSMENT: Class = Class {
    name: "assessment",
    tag: 23,
    children: &[class("impact", &IMPACT), classes("action", &ACTION), class("confidence", &CONFIDENCE)],
};

static TOOL_ALERT: Class = Class {
    name: "tool_alert",
    tag: 24,
    children: &[required(text("name", 29)), text("command", 30), classes("alertident", &ALERTIDENT)],
};

static CORRELATION_ALERT: Class = Class {
    name: "correlation_alert",
    tag: 25,
    children: &[required(text("name", 29)), classes("alertident", &ALERTIDENT)],
};

static OVERFLOW_ALERT: Class = Class {
    name: "overflow_alert",
    tag: 26,
    children: &[required(text("program", 29)), integer("size", Integer::U32, 30), value("buffer", Type::Data, 31)],
};

const fn named(name: &'static str, first: i32, names: &'static [&'static str]) -> Enumeration {
    Enumeration { name, first, names }
}

/// What `additional_data.type` says of `additional_data.data`.
pub static ADDITIONAL_DATA_TYPE: Enumeration = named(
    "additional_data_type",
    0,
    &[
        "string",
        "byte",
        "character",
        "date-time",
        "integer",
        "ntpstamp",
        "portlist",
        "real",
        "boolean",
        "byte-string",
        "xml",
    ],
);
static REFERENCE_ORIGIN: Enumeration =
    named("reference_origin", 0, &["unknown", "vendor-specific", "user-specific", "bugtraqid", "cve", "osvdb"]);
static USER_ID_TYPE: Enumeration = named(
    "user_id_type",
    0,
    &["original-user", "current-user", "target-user", "user-privs", "current-group", "group-privs", "other-privs"],
);
static USER_CATEGORY: Enumeration = named("user_category", 0, &["unknown", "application", "os-device"]);
static ADDRESS_CATEGORY: Enumeration = named(
    "address_category",
    0,
    &[
        "unknown",
        "atm",
        "e-mail",
        "lotus-notes",
        "mac",
        "sna",
        "vm",
        "ipv4-addr",
        "ipv4-addr-hex",
        "ipv4-net",
        "ipv4-net-mask",
        "ipv6-addr",
        "ipv6-addr-hex",
        "ipv6-net",
        "ipv6-net-mask",
    ],
);
static NODE_CATEGORY: Enumeration = named(
    "node_category",
    0,
    &["unknown", "ads", "afs", "coda", "dfs", "dns", "hosts", "kerberos", "nds", "nis", "nisplus", "nt", "wfw"],
);
static SPOOFED: Enumeration = named("source_spoofed", 0, &["unknown", "yes", "no"]);
static DECOY: Enumeration = named("target_decoy", 0, &["unknown", "yes", "no"]);
static CHECKSUM_ALGORITHM: Enumeration = named(
    "checksum_algorithm",
    1,
    &["MD4", "MD5", "SHA1", "SHA2-256", "SHA2-384", "SHA2-512", "CRC-32", "Haval", "Tiger", "Gost"],
);
static FILE_CATEGORY: Enumeration = named("file_category", 1, &["current", "original"]);
static FILE_FSTYPE: Enumeration =
    named("file_fstype", 1, &["ufs", "efs", "nfs", "afs", "ntfs", "fat16", "fat32", "pcfs", "joliet", "iso9660"]);
static LINKAGE_CATEGORY: Enumeration =
    named("linkage_category", 1, &["hard-link", "mount-point", "reparse-point", "shortcut", "stream", "symbolic-link"]);
static IMPACT_SEVERITY: Enumeration = named("impact_severity", 1, &["info", "low", "medium", "high"]);
static IMPACT_COMPLETION: Enumeration = named("impact_completion", 1, &["failed", "succeeded"]);
static IMPACT_TYPE: Enumeration = named("impact_type", 0, &["other", "admin", "dos", "file", "recon", "user"]);
static ACTION_CATEGORY: Enumeration =
    named("action_category", 0, &["other", "block-installed", "notification-sent", "taken-offline"]);
static CONFIDENCE_RATING: Enumeration = named("confidence_rating", 0, &["numeric", "low", "medium", "high"]);
