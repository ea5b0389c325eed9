// SPDX-License-Identifier: MIT OR Apache-2.0

//! The classes of RFC 4765, section 4.2, with libprelude's names (its manual, "IDMEF path"), in the order in which libprelude
//! prints them.

/// A class and what belongs to it.
pub struct Class {
    pub name: &'static str,
    pub fields: &'static [Field],
}

/// One thing that belongs to a class.
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub many: bool,
    /// What stands there when nobody has said anything.
    pub unset: Unset,
}

/// What a field holds.
pub enum Kind {
    Class(&'static Class),
    Text,
    /// A whole number from the least to the greatest.
    Integer(i64, u64),
    Float,
    Time,
    /// One of these names; the first has this number.
    Names(i32, &'static [&'static str]),
    /// Its type stands beside it.
    Data,
}

/// What stands at a field that nobody has set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unset {
    Nothing,
    /// The first name of a list, the number 0, a class of which nothing is said.
    Default,
}

use Unset::{Default, Nothing};

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, many: false, unset: Nothing }
}
const fn text(name: &'static str) -> Field {
    field(name, Kind::Text)
}
const fn texts(name: &'static str) -> Field {
    Field { name, kind: Kind::Text, many: true, unset: Nothing }
}
const fn time(name: &'static str) -> Field {
    field(name, Kind::Time)
}
const fn number(name: &'static str, greatest: u64) -> Field {
    field(name, Kind::Integer(0, greatest))
}
const fn word(name: &'static str) -> Field {
    number(name, u32::MAX as u64)
}
const fn one(name: &'static str, class: &'static Class) -> Field {
    field(name, Kind::Class(class))
}
/// Always there, if without anything in it.
const fn always(name: &'static str, class: &'static Class) -> Field {
    Field { name, kind: Kind::Class(class), many: false, unset: Default }
}
const fn many(name: &'static str, class: &'static Class) -> Field {
    Field { name, kind: Kind::Class(class), many: true, unset: Nothing }
}
/// A list of names whose first is number 0 and holds when nothing is said.
const fn names(name: &'static str, names: &'static [&'static str]) -> Field {
    Field { name, kind: Kind::Names(0, names), many: false, unset: Default }
}
/// A list of names that is counted from 1: nothing holds when nothing is said.
const fn named(name: &'static str, names: &'static [&'static str]) -> Field {
    field(name, Kind::Names(1, names))
}

pub static MESSAGE: Class =
    Class { name: "message", fields: &[text("version"), one("alert", &ALERT), one("heartbeat", &HEARTBEAT)] };

static ALERT: Class = Class {
    name: "alert",
    fields: &[
        text("messageid"),
        many("analyzer", &ANALYZER),
        time("create_time"),
        always("classification", &CLASSIFICATION),
        time("detect_time"),
        time("analyzer_time"),
        many("source", &SOURCE),
        many("target", &TARGET),
        one("assessment", &ASSESSMENT),
        many("additional_data", &ADDITIONAL_DATA),
        one("tool_alert", &TOOL_ALERT),
        one("correlation_alert", &CORRELATION_ALERT),
        one("overflow_alert", &OVERFLOW_ALERT),
    ],
};

static HEARTBEAT: Class = Class {
    name: "heartbeat",
    fields: &[
        text("messageid"),
        many("analyzer", &ANALYZER),
        time("create_time"),
        time("analyzer_time"),
        word("heartbeat_interval"),
        many("additional_data", &ADDITIONAL_DATA),
    ],
};

static ANALYZER: Class = Class {
    name: "analyzer",
    fields: &[
        text("analyzerid"),
        text("name"),
        text("manufacturer"),
        text("model"),
        text("version"),
        text("class"),
        text("ostype"),
        text("osversion"),
        one("node", &NODE),
        one("process", &PROCESS),
    ],
};

static CLASSIFICATION: Class =
    Class { name: "classification", fields: &[text("ident"), text("text"), many("reference", &REFERENCE)] };

static REFERENCE: Class = Class {
    name: "reference",
    fields: &[
        names("origin", &["unknown", "vendor-specific", "user-specific", "bugtraqid", "cve", "osvdb"]),
        text("name"),
        text("url"),
        text("meaning"),
    ],
};

static SOURCE: Class = Class {
    name: "source",
    fields: &[
        text("ident"),
        names("spoofed", &["unknown", "yes", "no"]),
        text("interface"),
        one("node", &NODE),
        one("user", &USER),
        one("process", &PROCESS),
        one("service", &SERVICE),
    ],
};

static TARGET: Class = Class {
    name: "target",
    fields: &[
        text("ident"),
        names("decoy", &["unknown", "yes", "no"]),
        text("interface"),
        one("node", &NODE),
        one("user", &USER),
        one("process", &PROCESS),
        one("service", &SERVICE),
        many("file", &FILE),
    ],
};

static NODE: Class = Class {
    name: "node",
    fields: &[
        text("ident"),
        names(
            "category",
            &["unknown", "ads", "afs", "coda", "dfs", "dns", "hosts", "kerberos", "nds", "nis", "nisplus", "nt", "wfw"],
        ),
        text("name"),
        text("location"),
        many("address", &ADDRESS),
    ],
};

static ADDRESS: Class = Class {
    name: "address",
    fields: &[
        text("ident"),
        names(
            "category",
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
        ),
        text("vlan_name"),
        field("vlan_num", Kind::Integer(i32::MIN as i64, i32::MAX as u64)),
        text("address"),
        text("netmask"),
    ],
};

static USER: Class = Class {
    name: "user",
    fields: &[text("ident"), names("category", &["unknown", "application", "os-device"]), many("user_id", &USER_ID)],
};

static USER_ID: Class = Class {
    name: "user_id",
    fields: &[
        text("ident"),
        names(
            "type",
            &[
                "original-user",
                "current-user",
                "target-user",
                "user-privs",
                "current-group",
                "group-privs",
                "other-privs",
            ],
        ),
        text("tty"),
        text("name"),
        word("number"),
    ],
};

static PROCESS: Class = Class {
    name: "process",
    fields: &[text("ident"), text("name"), word("pid"), text("path"), texts("arg"), texts("env")],
};

static SERVICE: Class = Class {
    name: "service",
    fields: &[
        text("ident"),
        number("ip_version", u8::MAX as u64),
        number("iana_protocol_number", u8::MAX as u64),
        text("iana_protocol_name"),
        text("name"),
        number("port", u16::MAX as u64),
        text("portlist"),
        text("protocol"),
        one("web_service", &WEB_SERVICE),
        one("snmp_service", &SNMP_SERVICE),
    ],
};

static WEB_SERVICE: Class =
    Class { name: "web_service", fields: &[text("url"), text("cgi"), text("http_method"), texts("arg")] };

static SNMP_SERVICE: Class = Class {
    name: "snmp_service",
    fields: &[
        text("oid"),
        word("message_processing_model"),
        word("security_model"),
        text("security_name"),
        word("security_level"),
        text("context_name"),
        text("context_engine_id"),
        text("command"),
    ],
};

static FILE: Class = Class {
    name: "file",
    fields: &[
        text("ident"),
        text("name"),
        text("path"),
        time("create_time"),
        time("modify_time"),
        time("access_time"),
        number("data_size", u64::MAX),
        number("disk_size", u64::MAX),
        many("file_access", &FILE_ACCESS),
        many("linkage", &LINKAGE),
        one("inode", &INODE),
        many("checksum", &CHECKSUM),
        named("category", &["current", "original"]),
        named("fstype", &["ufs", "efs", "nfs", "afs", "ntfs", "fat16", "fat32", "pcfs", "joliet", "iso9660"]),
        text("file_type"),
    ],
};

static FILE_ACCESS: Class = Class { name: "file_access", fields: &[always("user_id", &USER_ID), texts("permission")] };

static LINKAGE: Class = Class {
    name: "linkage",
    fields: &[
        named("category", &["hard-link", "mount-point", "reparse-point", "shortcut", "stream", "symbolic-link"]),
        text("name"),
        text("path"),
        always("file", &FILE),
    ],
};

static INODE: Class = Class {
    name: "inode",
    fields: &[
        time("change_time"),
        word("number"),
        word("major_device"),
        word("minor_device"),
        word("c_major_device"),
        word("c_minor_device"),
    ],
};

static CHECKSUM: Class = Class {
    name: "checksum",
    fields: &[
        text("value"),
        text("key"),
        named(
            "algorithm",
            &["MD4", "MD5", "SHA1", "SHA2-256", "SHA2-384", "SHA2-512", "CRC-32", "Haval", "Tiger", "Gost"],
        ),
    ],
};

static ASSESSMENT: Class = Class {
    name: "assessment",
    fields: &[one("impact", &IMPACT), many("action", &ACTION), one("confidence", &CONFIDENCE)],
};

static IMPACT: Class = Class {
    name: "impact",
    fields: &[
        named("severity", &["info", "low", "medium", "high"]),
        named("completion", &["failed", "succeeded"]),
        names("type", &["other", "admin", "dos", "file", "recon", "user"]),
        text("description"),
    ],
};

static ACTION: Class = Class {
    name: "action",
    fields: &[
        names("category", &["other", "block-installed", "notification-sent", "taken-offline"]),
        text("description"),
    ],
};

static CONFIDENCE: Class = Class {
    name: "confidence",
    fields: &[
        names("rating", &["numeric", "low", "medium", "high"]),
        Field { name: "confidence", kind: Kind::Float, many: false, unset: Default },
    ],
};

static ADDITIONAL_DATA: Class = Class {
    name: "additional_data",
    fields: &[
        text("meaning"),
        names(
            "type",
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
        ),
        field("data", Kind::Data),
    ],
};

static TOOL_ALERT: Class =
    Class { name: "tool_alert", fields: &[text("name"), text("command"), many("alertident", &ALERTIDENT)] };

static CORRELATION_ALERT: Class =
    Class { name: "correlation_alert", fields: &[text("name"), many("alertident", &ALERTIDENT)] };

static ALERTIDENT: Class = Class { name: "alertident", fields: &[text("alertident"), text("analyzerid")] };

static OVERFLOW_ALERT: Class =
    Class { name: "overflow_alert", fields: &[text("program"), word("size"), field("buffer", Kind::Data)] };
