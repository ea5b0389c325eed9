//! What the pipeline remembers of matches, and what of it is still to be written.
//!
//! Damping is judged here and now, and written together with the decision that it leads to. What a match that is held back leaves
//! behind is written about once a second: a daemon that is killed forgets at most that, and counts it again or not at all;
//! it forgets nothing that let a match through.
//!
//! The same alert may come twice, over two managers or because it is sent again. The journal makes no second job of it; here it
//! is not counted a second time, as long as it is among the last [`MOST`].

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use jiff::Timestamp;

use crate::{
    idmef::Message,
    journal::{DampingRow, Remember},
    rules::{
        Trigger,
        damping::{Damping, Kind, Verdict},
    },
};

/// Alerts that are known again.
const MOST: usize = 65_536;

/// What is remembered.
#[derive(Debug, Default)]
pub(super) struct Memory {
    damping: Damping,
    unwritten: HashMap<(Arc<str>, Kind, String), Remember>,
    seen: HashSet<([u8; 32], Arc<str>)>,
    order: VecDeque<([u8; 32], Arc<str>)>,
}

impl Memory {
    /// Begins with what a former daemon remembered.
    pub(super) fn recall(rows: Vec<DampingRow>) -> Self {
        let mut memory = Self::default();
        for row in rows {
            memory.damping.recall(&row.trigger.as_str().into(), &row.kind, &row.key, row.expires, &row.data);
        }
        memory
    }

    /// Judges a match; `identity` is what its message is known by. None when this message was judged before.
    pub(super) fn judge(
        &mut self,
        trigger: &Trigger,
        message: &Message,
        identity: impl FnOnce() -> [u8; 32],
        now: Timestamp,
    ) -> Option<Verdict> {
        if trigger.damping.is_none() {
            return Some(Verdict::Through);
        }
        if !self.is_new(identity(), &trigger.name) {
            return None;
        }
        let (verdict, remembered) = self.damping.judge(&trigger.name, &trigger.damping, message, now);
        for one in remembered {
            let key = (Arc::clone(&trigger.name), one.kind, one.key.clone());
            let remember = Remember {
                trigger: trigger.name.to_string(),
                kind: one.kind.name().to_owned(),
                key: one.key,
                expires: one.expires,
                data: one.data,
            };
            self.unwritten.insert(key, remember);
        }
        Some(verdict)
    }

    fn is_new(&mut self, identity: [u8; 32], trigger: &Arc<str>) -> bool {
        if !self.seen.insert((identity, Arc::clone(trigger))) {
            return false;
        }
        self.order.push_back((identity, Arc::clone(trigger)));
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        true
    }

    /// Takes what is still to be written.
    pub(super) fn unwritten(&mut self) -> Vec<Remember> {
        self.unwritten.drain().map(|(_, remember)| remember).collect()
    }

    /// Whether there is anything to write.
    pub(super) fn is_written(&self) -> bool {
        self.unwritten.is_empty()
    }
}
