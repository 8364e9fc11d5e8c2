//! The names of a model's pods and Services, and the answer to a question about one. Pure: bytes in, bytes out.
//!
//! As Kubernetes' DNS: `app-0.app-endpoints.MODEL.svc.cluster.local` and all of `app-endpoints…` by the pods that
//! exist (ready or not, as Juju's headless Service publishes them), `app.MODEL.svc…` by the Service's address, and the
//! way back. Everything else does not exist, and that is said at once.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use sidecharm::juju::names::{ApplicationName, UnitName};
use simple_dns::rdata::{A, PTR, RData};
use simple_dns::{CLASS, Name, Packet, PacketFlag, QTYPE, Question, RCODE, ResourceRecord, TYPE};

/// Seconds an answer may be kept: a replaced pod must be found again soon.
const TIME_TO_LIVE: u32 = 5;
/// A datagram of 512 bytes, which every resolver takes, has room for so many addresses of one name.
const MOST_ADDRESSES: usize = 24;

/// What has a name in one model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    pub model: String,
    pub pods: BTreeMap<UnitName, Ipv4Addr>,
    pub services: BTreeMap<ApplicationName, Ipv4Addr>,
}

/// The domain of a model's Services.
pub fn model_domain(model: &str) -> String {
    format!("{model}.svc.cluster.local")
}

/// The full name of a unit's pod.
pub fn pod_name(unit: &UnitName, model: &str) -> String {
    format!("{}.{}-endpoints.{}", unit.pod(), unit.application(), model_domain(model))
}

impl Names {
    /// Answers a DNS message; `None` for what is no question at all.
    pub fn answer(&self, message: &[u8]) -> Option<Vec<u8>> {
        let Ok(query) = Packet::parse(message) else {
            // A question of a type the parser does not know still has a number to refuse it by.
            return refuse(message);
        };
        if query.has_flags(PacketFlag::RESPONSE) {
            return None;
        }
        let mut reply = Packet::new_reply(query.id());
        reply.set_flags(PacketFlag::AUTHORITATIVE_ANSWER | PacketFlag::RECURSION_AVAILABLE);
        if query.has_flags(PacketFlag::RECURSION_DESIRED) {
            reply.set_flags(PacketFlag::RECURSION_DESIRED);
        }
        let Some(question) = query.questions.first() else {
            *reply.rcode_mut() = RCODE::FormatError;
            return reply.build_bytes_vec().ok();
        };
        match self.resolve(question) {
            Some(data) => {
                let record =
                    |data| ResourceRecord::new(question.qname.clone(), CLASS::IN, TIME_TO_LIVE, data);
                reply.answers = data.into_iter().map(record).collect();
            }
            None => *reply.rcode_mut() = RCODE::NameError,
        }
        reply.questions.push(question.clone());
        reply.build_bytes_vec_compressed().ok()
    }

    /// The records of the asked type; `None` when the name does not exist.
    fn resolve(&self, question: &Question<'_>) -> Option<Vec<RData<'static>>> {
        let name = question.qname.to_string().to_ascii_lowercase();
        let wants = |kind: TYPE| question.qtype == QTYPE::TYPE(kind) || question.qtype == QTYPE::ANY;
        if let Some(reversed) = name.strip_suffix(".in-addr.arpa") {
            let name = self.name_of(parse_reversed(reversed)?)?;
            let name = Name::new(&name).ok()?.into_owned();
            return Some(if wants(TYPE::PTR) { vec![RData::PTR(PTR(name))] } else { Vec::new() });
        }
        let addresses = self.addresses_of(&name)?;
        if !wants(TYPE::A) {
            return Some(Vec::new());
        }
        Some(addresses.into_iter().map(|address| RData::A(A { address: u32::from(address) })).collect())
    }

    fn addresses_of(&self, name: &str) -> Option<Vec<Ipv4Addr>> {
        let rest = name.strip_suffix(&model_domain(&self.model.to_ascii_lowercase()))?.strip_suffix('.')?;
        let (pod, service) = match rest.split_once('.') {
            Some((pod, service)) => (Some(pod), service),
            None => (None, rest),
        };
        let of_application = |unit: &UnitName, application: &str| unit.application().as_str() == application;
        match (pod, service.strip_suffix("-endpoints")) {
            (Some(pod), Some(application)) => self
                .pods
                .iter()
                .find(|(unit, _)| unit.pod() == pod && of_application(unit, application))
                .map(|(_, address)| vec![*address]),
            (None, endpoints) => self.service(service).or_else(|| {
                let application = endpoints?;
                let pods = self.pods.iter().filter(|(unit, _)| of_application(unit, application));
                let addresses: Vec<_> = pods.map(|(_, address)| *address).take(MOST_ADDRESSES).collect();
                (!addresses.is_empty()).then_some(addresses)
            }),
            (Some(_), None) => None,
        }
    }

    fn service(&self, name: &str) -> Option<Vec<Ipv4Addr>> {
        let application = ApplicationName::parse(name).ok()?;
        self.services.get(&application).map(|address| vec![*address])
    }

    fn name_of(&self, address: Ipv4Addr) -> Option<String> {
        let pod = self.pods.iter().find(|(_, pod)| **pod == address);
        let service = || self.services.iter().find(|(_, service)| **service == address);
        match pod {
            Some((unit, _)) => Some(pod_name(unit, &self.model)),
            None => service().map(|(application, _)| format!("{application}.{}", model_domain(&self.model))),
        }
    }
}

/// `4.3.2.10` as it stands in a question backwards.
fn parse_reversed(text: &str) -> Option<Ipv4Addr> {
    let [a, b, c, d] = text.parse::<Ipv4Addr>().ok()?.octets();
    Some(Ipv4Addr::new(d, c, b, a))
}

fn refuse(message: &[u8]) -> Option<Vec<u8>> {
    let [first, second, flags, ..] = *message else { return None };
    // The top bit marks an answer: never answer those.
    if flags & 0x80 != 0 {
        return None;
    }
    let mut reply = Packet::new_reply(u16::from_be_bytes([first, second]));
    *reply.rcode_mut() = RCODE::NotImplemented;
    reply.build_bytes_vec().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use simple_dns::QCLASS;

    fn names() -> Names {
        let unit = |name: &str| UnitName::parse(name).unwrap();
        let app = |name: &str| ApplicationName::parse(name).unwrap();
        Names {
            model: "demo".to_owned(),
            pods: [
                (unit("redis-k8s/0"), Ipv4Addr::new(10, 0, 0, 2)),
                (unit("redis-k8s/1"), Ipv4Addr::new(10, 0, 0, 3)),
                (unit("web/0"), Ipv4Addr::new(10, 0, 0, 4)),
            ]
            .into(),
            services: [(app("redis-k8s"), Ipv4Addr::new(10, 0, 12, 1))].into(),
        }
    }

    /// What comes back for a name and a type, as text.
    fn ask(name: &str, kind: TYPE) -> String {
        let mut query = Packet::new_query(7);
        query.set_flags(PacketFlag::RECURSION_DESIRED);
        query.questions.push(Question::new(
            Name::new(name).unwrap(),
            kind.into(),
            QCLASS::CLASS(CLASS::IN),
            false,
        ));
        let reply = names().answer(&query.build_bytes_vec().unwrap()).unwrap();
        let reply = Packet::parse(&reply).unwrap();
        assert_eq!(reply.id(), 7);
        assert!(reply.has_flags(PacketFlag::RESPONSE | PacketFlag::RECURSION_DESIRED));
        let records = reply.answers.iter().map(|record| match &record.rdata {
            RData::A(a) => Ipv4Addr::from(a.address).to_string(),
            RData::PTR(PTR(name)) => name.to_string(),
            other => format!("{other:?}"),
        });
        format!("{:?} {}", reply.rcode(), records.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn pods_and_services_resolve_and_nothing_else_exists() {
        let check = |name: &str, kind, expected: &str| assert_eq!(ask(name, kind), expected, "{name}");
        let domain = "demo.svc.cluster.local";
        check(&format!("redis-k8s-1.redis-k8s-endpoints.{domain}"), TYPE::A, "NoError 10.0.0.3");
        check(&format!("Redis-K8s-1.redis-k8s-endpoints.{domain}."), TYPE::A, "NoError 10.0.0.3");
        check(&format!("redis-k8s-1.redis-k8s-endpoints.{domain}"), TYPE::AAAA, "NoError ");
        check(&format!("redis-k8s-2.redis-k8s-endpoints.{domain}"), TYPE::A, "NameError ");
        check(&format!("redis-k8s-1.web-endpoints.{domain}"), TYPE::A, "NameError ");
        check(&format!("redis-k8s-endpoints.{domain}"), TYPE::A, "NoError 10.0.0.2 10.0.0.3");
        check(&format!("none-endpoints.{domain}"), TYPE::A, "NameError ");
        check(&format!("redis-k8s.{domain}"), TYPE::A, "NoError 10.0.12.1");
        check(&format!("web.{domain}"), TYPE::A, "NameError ");
        check("redis-k8s.other.svc.cluster.local", TYPE::A, "NameError ");
        check("redis-k8s-1.redis-k8s-endpoints", TYPE::A, "NameError ");
        check("example.com", TYPE::A, "NameError ");
        check(domain, TYPE::A, "NameError ");
        check(
            "3.0.0.10.in-addr.arpa",
            TYPE::PTR,
            &format!("NoError redis-k8s-1.redis-k8s-endpoints.{domain}"),
        );
        check("1.12.0.10.in-addr.arpa", TYPE::PTR, &format!("NoError redis-k8s.{domain}"));
        check("9.0.0.10.in-addr.arpa", TYPE::PTR, "NameError ");
        check("x.in-addr.arpa", TYPE::PTR, "NameError ");
    }

    #[test]
    fn a_question_of_an_unknown_type_is_refused_by_its_number() {
        let mut query = Packet::new_query(0x1234);
        query.questions.push(Question::new(
            Name::new("example.com").unwrap(),
            TYPE::A.into(),
            QCLASS::CLASS(CLASS::IN),
            false,
        ));
        let mut bytes = query.build_bytes_vec().unwrap();
        let length = bytes.len();
        bytes[length - 4..length - 2].copy_from_slice(&60_000_u16.to_be_bytes());
        let reply = names().answer(&bytes).unwrap();
        let reply = Packet::parse(&reply).unwrap();
        assert_eq!((reply.id(), reply.rcode()), (0x1234, RCODE::NotImplemented));
    }

    proptest! {
        #[test]
        fn any_message_is_survived_and_no_answer_is_answered(bytes: Vec<u8>) {
            if let Some(reply) = names().answer(&bytes) {
                prop_assert_eq!(names().answer(&reply), None);
            }
        }

        #[test]
        fn a_damaged_question_is_survived(at in 0_usize..60, byte: u8) {
            let mut query = Packet::new_query(7);
            let name = "redis-k8s-1.redis-k8s-endpoints.demo.svc.cluster.local";
            query.questions.push(Question::new(Name::new(name).unwrap(), TYPE::A.into(), QCLASS::ANY, false));
            let mut bytes = query.build_bytes_vec().unwrap();
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            drop(names().answer(&bytes));
        }
    }
}
