// SPDX-License-Identifier: MPL-2.0

package firewall_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
)

// rule is one that allows all, unless some properties say otherwise.
func rule(id string, properties ...string) string {
	all := []string{`"id": "` + id + `"`}
	for property, usual := range map[string]string{"action": `"ALLOW"`, "services": `["ANY"]`, "scope": `["ANY"]`} {
		if !strings.Contains(strings.Join(properties, ""), `"`+property+`":`) {
			all = append(all, `"`+property+`": `+usual)
		}
	}
	return "{" + strings.Join(append(all, slices.DeleteFunc(properties, func(s string) bool { return s == "" })...), ", ") + "}"
}

// policyOf is the body of a policy of rules.
func policyOf(rules ...string) string { return `{"rules": [` + strings.Join(rules, ", ") + `]}` }

// with gives a body a property.
func with(property, body string) string { return "{" + property + ", " + body[1:] }

// tcp is an entry of ports that are connected to.
func tcp(ports ...string) string {
	return `{"resource_type": "L4PortSetServiceEntry", "l4_protocol": "TCP", "destination_ports": ["` + strings.Join(ports, `", "`) + `"]}`
}

// icmp is an entry of a type and a code of ICMP; nothing of it is sent that is negative.
func icmp(protocol string, typ, code int) string {
	body := `{"resource_type": "ICMPTypeServiceEntry", "protocol": "` + protocol + `"`
	if typ >= 0 {
		body += fmt.Sprintf(`, "icmp_type": %d`, typ)
	}
	if code >= 0 {
		body += fmt.Sprintf(`, "icmp_code": %d`, code)
	}
	return body + "}"
}

// protocol is an entry of an IP protocol.
func protocol(number int) string {
	return fmt.Sprintf(`{"resource_type": "IPProtocolServiceEntry", "protocol_number": %d}`, number)
}

// entries are those of a rule's own.
func entries(all ...string) string { return `"service_entries": [` + strings.Join(all, ", ") + `]` }

// refusals writes a policy of each body, and fails where what is answered is not what has to be.
func refusals(t *testing.T, verdicts map[string]string) {
	t.Helper()
	m := start(t, nsxsim.Options{})
	for body, verdict := range verdicts {
		if a := ask(t, m, put, policies+"p", body); a.verdict != verdict {
			t.Errorf("%s is answered with %s, not %s: %v", body, a.verdict, verdict, a.body["error_message"])
		}
		m.Remove(policies + "p")
	}
}

func TestPoliciesAreChecked(t *testing.T) {
	t.Parallel()
	refusals(t, map[string]string{
		`{}`:                                      "200",
		`{"category": "Environment"}`:             "200",
		`{"category": "Neighbourhood"}`:           "400/255",
		`{"sequence_number": 999999}`:             "200",
		`{"sequence_number": 1000000}`:            "400/255",
		`{"sequence_number": -1}`:                 "400/255",
		`{"stateful": false}`:                     "200",
		`{"stateful": false, "tcp_strict": true}`: "400/255",
		`{"scope": ["ANY"]}`:                      "200",
		`{"scope": ["10.0.0.0/8"]}`:               "400/255",
		`{"scope": ["any", "` + groups + `g"]}`:   "400/500012",
		`{"scope": ["ANY", "any"]}`:               "400/255",
		policyOf(rule("r"), rule("s")):            "200",
		policyOf(rule("r"), rule("r")):            "400/255",
		policyOf(rule("")):                        "400/255",
		`{"rules": [{"id": "r", "services": ["ANY"], "scope": ["ANY"]}]}`:                         "400/255",
		`{"rules": [{"id": "r", "action": "ALLOW", "scope": ["ANY"]}]}`:                           "400/255",
		`{"rules": [{"id": "r", "action": "ALLOW", "services": ["ANY"]}]}`:                        "400/255",
		policyOf(rule("r", `"action": "PASS"`)):                                                   "400/255",
		policyOf(rule("r", `"action": "JUMP_TO_APPLICATION"`)):                                    "400/255",
		with(`"category": "Environment"`, policyOf(rule("r", `"action": "JUMP_TO_APPLICATION"`))): "200",
		policyOf(rule("r", `"colour": "red"`)):                                                    "400/255",
	})
}

func TestRulesAreChecked(t *testing.T) {
	t.Parallel()
	refusals(t, map[string]string{
		policyOf(rule("r", `"sequence_number": 2147483647`)):                          "200",
		policyOf(rule("r", `"sequence_number": 2147483648`)):                          "400/255",
		policyOf(rule("r", `"sequence_number": -1`)):                                  "400/255",
		policyOf(rule("r", `"services": ["any"]`)):                                    "200",
		policyOf(rule("r", `"services": ["ANY", "any"]`)):                             "400/255",
		policyOf(rule("r", `"services": ["10.0.0.1"]`)):                               "400/255",
		policyOf(rule("r", `"services": ["HTTP"]`)):                                   "400/500012",
		policyOf(rule("r", `"scope": ["10.0.0.0/8"]`)):                                "400/255",
		policyOf(rule("r", `"source_groups": ["ANY", "10.0.0.1"]`)):                   "400/255",
		policyOf(rule("r", `"source_groups": ["10.0.0.1", "10.0.0.2-10.0.0.9"]`)):     "200",
		policyOf(rule("r", `"source_groups": ["fd00::/64"]`)):                         "200",
		policyOf(rule("r", `"source_groups": ["10.0.0.9-10.0.0.2"]`)):                 "400/500012",
		policyOf(rule("r", `"source_groups": ["0.0.0.0/0"]`)):                         "400/255",
		policyOf(rule("r", `"source_groups": ["0.0.0.0/4"]`)):                         "400/255",
		policyOf(rule("r", `"destination_groups": ["::/0"]`)):                         "400/255",
		policyOf(rule("r", `"destination_groups": ["ANY", "10.0.0.1"]`)):              "400/255",
		policyOf(rule("r", `"ip_protocol": "IPV6"`, entries(icmp("ICMPv4", 8, 0)))):   "400/255",
		policyOf(rule("r", `"ip_protocol": "IPV4"`, entries(icmp("ICMPv6", 128, 0)))): "400/255",
		policyOf(rule("r", `"ip_protocol": "IPV4"`, entries(icmp("ICMPv4", 8, 0)))):   "200",
		policyOf(rule("r", entries(icmp("ICMPv6", 128, 0)))):                          "200",
	})
}

func TestEntriesAreChecked(t *testing.T) {
	t.Parallel()
	ports := strings.Split(strings.Repeat("80 ", 16), " ")[:16]
	verdicts := map[string]string{
		tcp("80"):                              "200",
		tcp("80-90"):                           "200",
		tcp("0", "65535"):                      "200",
		tcp("65536"):                           "400/255",
		tcp("80-80"):                           "400/255",
		tcp("90-80"):                           "400/255",
		tcp("80-"):                             "400/255",
		tcp("http"):                            "400/255",
		tcp(ports[:15]...):                     "200",
		tcp(ports...):                          "400/255",
		tcp(append(ports[:13:13], "80-90")...): "200",
		tcp(append(ports[:14:14], "80-90")...): "400/255",
		strings.Replace(tcp("80-80"), "destination_ports", "source_ports", 1): "400/255",
		strings.Replace(tcp("80"), "TCP", "SCTP", 1):                          "400/255",
		protocol(47):           "200",
		protocol(256):          "400/255",
		protocol(-1):           "400/255",
		icmp("ICMPv4", -1, -1): "200",
		icmp("ICMPv4", -1, 0):  "400/255",
		icmp("ICMPv4", 3, 15):  "200",
		icmp("ICMPv4", 3, 16):  "400/255",
		icmp("ICMPv4", 5, 4):   "400/255",
		icmp("ICMPv4", 11, 2):  "400/255",
		icmp("ICMPv4", 12, 3):  "400/255",
		icmp("ICMPv4", 8, 256): "400/255",
		icmp("IGMP", -1, -1):   "400/255",
	}
	taken := map[string][]int{"ICMPv4": {0, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14}, "ICMPv6": {1, 2, 3, 4, 157, 158}}
	for typ := 128; typ <= 147; typ++ {
		taken["ICMPv6"] = append(taken["ICMPv6"], typ)
	}
	for version, types := range taken {
		for typ := range 160 {
			verdicts[icmp(version, typ, -1)] = map[bool]string{true: "200", false: "400/255"}[slices.Contains(types, typ)]
		}
	}
	m := start(t, nsxsim.Options{})
	for e, verdict := range verdicts {
		for path, body := range map[string]string{policies + "p": policyOf(rule("r", entries(e))),
			"/infra/services/s": `{` + entries(e) + `}`} {
			if a := ask(t, m, put, path, body); a.verdict != verdict {
				t.Errorf("%s with %s is answered with %s, not %s: %v", path, e, a.verdict, verdict, a.body["error_message"])
			}
			m.Remove(path)
		}
	}
	run(t, m, step{put, "/infra/services/s", `{}`, "400/255"})
}

func TestPoliciesAreCompletedAndReplaced(t *testing.T) {
	t.Parallel()
	m := start(t, nsxsim.Options{})
	run(t, m, step{put, policies + "p", policyOf(rule("q"), rule("r", `"direction": "IN"`)), "200"})
	held := ask(t, m, get, policies+"p", "").body
	if held["stateful"] != true || held["tcp_strict"] != true || held["sequence_number"] != 0.0 {
		t.Errorf("a policy is stateful and strict about TCP unless it says otherwise: %v", held)
	}
	second := held["rules"].([]any)[1].(map[string]any)
	for property, value := range map[string]any{"path": policies + "p/rules/r", "parent_path": policies + "p", "display_name": "r",
		"direction": "IN", "ip_protocol": "IPV4_IPV6", "sequence_number": 0.0, "disabled": false, "logged": false} {
		if second[property] != value {
			t.Errorf("%s of a rule is %v, not %v", property, second[property], value)
		}
	}
	if all := fmt.Sprint(second["source_groups"], second["destination_groups"]); all != "[ANY] [ANY]" {
		t.Errorf("a rule without groups is about %s", all)
	}
	run(t, m, step{put, policies + "p", with(`"_revision": 0, "stateful": false`, policyOf(rule("s"))), "200"})
	held = ask(t, m, get, policies+"p", "").body
	if rules := held["rules"].([]any); len(rules) != 1 || rules[0].(map[string]any)["id"] != "s" || held["tcp_strict"] != false {
		t.Errorf("a PUT replaces all rules, and one without state is not strict: %v", held)
	}
	run(t, m, step{put, policies + "p", with(`"_revision": 1, "tcp_strict": false`, policyOf()), "200"},
		step{put, policies + "p", with(`"_revision": 1`, policyOf()), "412/500071"})
	if held = ask(t, m, get, policies+"p", "").body; held["stateful"] != true || held["tcp_strict"] != false {
		t.Errorf("a policy that is not to be strict is not: %v", held)
	}
}

func TestNoLicence(t *testing.T) {
	t.Parallel()
	m := start(t, nsxsim.Options{Unlicensed: true, Project: "blue"})
	run(t, m,
		step{put, groups + "g", `{}`, "403/505"},
		step{patch, groups + "g", `{}`, "403/505"},
		step{put, policies + "p", `{}`, "403/505"},
		step{put, "/orgs/default/projects/blue" + groups + "g", `{}`, "403/505"},
		step{put, "/infra/services/s", `{` + entries(tcp("80")) + `}`, "200"},
		step{put, segment, `{}`, "200"},
		step{get, domain + "/groups", "", "200"},
		step{get, policies + "default-layer3-section", "", "200"},
	)
}

func TestFirewallCalls(t *testing.T) {
	t.Parallel()
	m := start(t, nsxsim.Options{})
	run(t, m, step{put, segment, `{}`, "200"}, step{get, domain, "", "200"}, step{get, "/infra/services", "", "200"},
		step{get, "/infra/domains", "", "200"})
	if calls := m.FirewallCalls(); len(calls) != 0 {
		t.Errorf("none of these is about the firewall: %v", calls)
	}
	run(t, m, step{put, groups + "g", `{}`, "200"}, step{get, domain + "/groups", "", "200"}, step{get, policies + "p", "", "404/600"},
		step{get, "/infra/settings/firewall/security/exclude-list", "", "404/600"})
	calls := m.FirewallCalls()
	if len(calls) != 4 || calls[0] != (nsxsim.Call{Method: put, Path: "/policy/api/v1" + groups + "g"}) {
		t.Errorf("these are about the firewall: %v", calls)
	}
	m.ResetCalls()
	if calls := m.FirewallCalls(); len(calls) != 0 {
		t.Errorf("a reset forgets these: %v", calls)
	}
}
