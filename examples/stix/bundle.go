// SPDX-License-Identifier: MIT OR Apache-2.0

package main

import (
	"bytes"
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"local/prelude"
)

// The namespace that STIX has for identifiers of what is observed, and one of our own for the rest (RFC 4122, version 5).
var (
	observables = [16]byte{0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7}
	own         = [16]byte{0x6d, 0x1c, 0x0e, 0x52, 0x8b, 0x3f, 0x4c, 0x7a, 0x95, 0x24, 0xd0, 0x3b, 0x7e, 0x61, 0xf8, 0x19}
)

// The markings of the Traffic Light Protocol that every reader of STIX knows.
var markings = map[string]string{
	"white": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
	"green": "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
	"amber": "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
	"red":   "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}

// Since when a producer's identity is what it is: the same in every bundle.
const epoch = "2020-01-01T00:00:00.000Z"

var (
	host     = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
	protocol = regexp.MustCompile(`^[a-z0-9-]{1,15}$`)
)

type object = map[string]any

// bundle is what is written, as it grows.
type bundle struct {
	config   *config
	producer string
	at       time.Time
	objects  []object
	// What was observed, by identifier, in order.
	seen []string
}

func newBundle(config *config, at time.Time) *bundle {
	b := &bundle{config: config, producer: config.Producer.ID, at: at}
	if b.producer == "" {
		b.producer = "identity--" + named("identity", config.Producer.Name)
		b.objects = append(b.objects, object{
			"type": "identity", "spec_version": "2.1", "id": b.producer, "created": epoch, "modified": epoch,
			"name": config.Producer.Name, "identity_class": "organization",
		})
	}
	return b
}

// uuid is version 5 of RFC 4122: the same for the same text.
func uuid(namespace [16]byte, text []byte) string {
	sum := sha1.Sum(append(namespace[:], text...))
	id := sum[:16]
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// named is the identifier of something of a kind that these texts tell from all others.
func named(kind string, texts ...string) string {
	return uuid(own, canonical(append([]string{kind}, texts...)))
}

// canonical is JSON as RFC 8785 has it, for the values that are used here.
func canonical(value any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	// Texts, integers, lists and maps of them can always be written.
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}

func stamp(at time.Time) string {
	return at.Format("2006-01-02T15:04:05.000Z")
}

// observe adds something that was observed, once, and answers with its identifier, which STIX has made of these of its properties.
func (b *bundle) observe(kind string, identifying, more object) string {
	id := kind + "--" + uuid(observables, canonical(identifying))
	if slices.Contains(b.seen, id) {
		return id
	}
	b.seen = append(b.seen, id)
	added := object{"type": kind, "spec_version": "2.1", "id": id, "object_marking_refs": b.marking()}
	for _, properties := range []object{identifying, more} {
		for name, value := range properties {
			added[name] = value
		}
	}
	b.objects = append(b.objects, added)
	return id
}

func (b *bundle) marking() []string {
	return []string{markings[b.config.TLP]}
}

// say adds something that the producer says.
func (b *bundle) say(kind, id string, at time.Time, properties object) string {
	id = kind + "--" + id
	for name, value := range map[string]any{
		"type": kind, "spec_version": "2.1", "id": id, "created": stamp(at), "modified": stamp(at),
		"created_by_ref": b.producer, "object_marking_refs": b.marking(),
	} {
		properties[name] = value
	}
	b.objects = append(b.objects, properties)
	return id
}

// some of the texts at a path: each once, and not too many.
func some(alert *prelude.Alert, path string) []string {
	texts := alert.Texts(path)
	slices.Sort(texts)
	texts = slices.Compact(texts)
	return texts[:min(len(texts), most)]
}

// end adds the addresses, names and accounts of one end, and answers with its addresses.
func (b *bundle) end(alert *prelude.Alert, end string) []netip.Addr {
	var addresses []netip.Addr
	for _, text := range some(alert, "alert."+end+"(*).node.address(*).address") {
		if address, err := netip.ParseAddr(text); err == nil {
			// An IPv4 address in IPv6's clothes is one of IPv4; a zone means something on one link only.
			address = address.WithZone("").Unmap()
			addresses = append(addresses, address)
			b.address(address)
		}
	}
	for _, text := range some(alert, "alert."+end+"(*).node.name") {
		if name := strings.ToLower(strings.TrimSuffix(text, ".")); len(name) <= 253 && host.MatchString(name) {
			b.observe("domain-name", object{"value": name}, nil)
		}
	}
	for _, text := range some(alert, "alert."+end+"(*).user.user_id(*).name") {
		if text != "" && len(text) <= 256 {
			b.observe("user-account", object{"account_login": text}, nil)
		}
	}
	return addresses
}

func (b *bundle) address(address netip.Addr) string {
	kind := "ipv6-addr"
	if address.Is4() {
		kind = "ipv4-addr"
	}
	return b.observe(kind, object{"value": address.String()}, nil)
}

// traffic adds what went from the first source to the first target.
func (b *bundle) traffic(alert *prelude.Alert, sources, targets []netip.Addr) {
	from, known := first(alert, "alert.source(0).node.address(0).address", sources)
	to, aim := first(alert, "alert.target(0).node.address(0).address", targets)
	if !known || !aim {
		return
	}
	network := "ipv6"
	if to.Is4() {
		network = "ipv4"
	}
	protocols := []string{network}
	for _, path := range []string{"alert.target(0).service.iana_protocol_name", "alert.target(0).service.protocol"} {
		text, found := alert.Text(path)
		text = strings.ToLower(text)
		if found && protocol.MatchString(text) && !slices.Contains(protocols, text) {
			protocols = append(protocols, text)
		}
	}
	properties := object{"src_ref": b.address(from), "dst_ref": b.address(to), "protocols": protocols}
	for name, path := range map[string]string{"src_port": "alert.source(0).service.port", "dst_port": "alert.target(0).service.port"} {
		if text, found := alert.Text(path); found {
			if port, err := strconv.ParseUint(text, 10, 16); err == nil {
				properties[name] = port
			}
		}
	}
	b.observe("network-traffic", properties, nil)
}

// first is the address at a path, when it is one of those that are told.
func first(alert *prelude.Alert, path string, told []netip.Addr) (netip.Addr, bool) {
	text, _ := alert.Text(path)
	address, err := netip.ParseAddr(text)
	address = address.WithZone("").Unmap()
	return address, err == nil && slices.Contains(told, address)
}

// observed says that all this was seen at once, and what it was.
func (b *bundle) observed(alert *prelude.Alert, what, severity string) {
	properties := object{
		"first_observed": stamp(b.at), "last_observed": stamp(b.at), "number_observed": 1, "object_refs": b.seen,
	}
	rating, _ := alert.Text("alert.assessment.confidence.rating")
	// The numbers that STIX has for these words.
	if confidence, rated := map[string]int{"low": 15, "medium": 50, "high": 85}[rating]; rated {
		properties["confidence"] = confidence
	}
	id := named("alert", append([]string{alert.JSON(), b.producer, b.config.TLP}, b.seen...)...)
	seen := b.say("observed-data", id, b.at, properties)
	content := what
	if severity != "" {
		content += ", severity " + severity
	}
	if description, found := alert.Text("alert.assessment.impact.description"); found {
		content += ": " + shortened(description)
	}
	b.say("note", id, b.at, object{"abstract": what, "content": content, "object_refs": []string{seen}})
}

// indicate says which sources are worth looking out for; answers with how many.
func (b *bundle) indicate(sources []netip.Addr, severity string) int {
	wanted := b.config.Indicators
	if wanted == nil || slices.Index(severities, severity) < slices.Index(severities, or(wanted.Severity, "high")) {
		return 0
	}
	var never []netip.Prefix
	for _, text := range wanted.Never {
		// It has been checked.
		prefix, _ := network(text)
		never = append(never, prefix)
	}
	evidence := b.objects[slices.IndexFunc(b.objects, func(o object) bool { return o["type"] == "observed-data" })]["id"].(string)
	day := b.at.Truncate(24 * time.Hour)
	made := 0
	for _, address := range sources {
		inside := func(prefix netip.Prefix) bool { return prefix.Contains(address) }
		if !address.IsGlobalUnicast() || address.IsPrivate() || slices.ContainsFunc(never, inside) {
			continue
		}
		kind := "ipv6-addr"
		if address.Is4() {
			kind = "ipv4-addr"
		}
		id := b.say("indicator", named("indicator", b.producer, b.config.TLP, address.String(), stamp(day), strconv.Itoa(wanted.Days)), day, object{
			"name": address.String(), "indicator_types": []string{"malicious-activity"}, "pattern_type": "stix",
			"pattern":    fmt.Sprintf("[%s:value = '%s']", kind, address),
			"valid_from": stamp(day), "valid_until": stamp(day.AddDate(0, 0, or(wanted.Days, 30))),
		})
		b.say("relationship", named("relationship", id, evidence), b.at, object{
			"relationship_type": "based-on", "source_ref": id, "target_ref": evidence,
		})
		made++
	}
	return made
}

// or is the value, or what stands for none.
func or[T comparable](value, none T) T {
	var nothing T
	if value == nothing {
		return none
	}
	return value
}

// text is the bundle as it is written.
func (b *bundle) text(id string) []byte {
	return append(canonical(object{"type": "bundle", "id": id, "objects": b.objects}), '\n')
}
