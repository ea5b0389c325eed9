// SPDX-License-Identifier: MIT OR Apache-2.0
module local/stix

go 1.24

require local/prelude v0.0.0

replace local/prelude => ../../guest-sdk/templates/go/prelude
