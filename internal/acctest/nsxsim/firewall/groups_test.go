// SPDX-License-Identifier: MPL-2.0

package firewall_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
)

const (
	domain     = "/infra/domains/default"
	groups     = domain + "/groups/"
	policies   = domain + "/security-policies/"
	tagged     = `{"resource_type": "Condition", "member_type": "SegmentPort", "key": "Tag", "operator": "EQUALS", "value": "%s"}`
	or         = `{"resource_type": "ConjunctionOperator", "conjunction_operator": "OR"}`
	and        = `{"resource_type": "ConjunctionOperator", "conjunction_operator": "AND"}`
	addressing = `{"resource_type": "IPAddressExpression", "ip_addresses": ["%s"]}`
)

// byTag is a condition about a tag.
func byTag(value string) string { return fmt.Sprintf(tagged, value) }

// byAddress is an expression of addresses.
func byAddress(addresses ...string) string {
	return fmt.Sprintf(addressing, strings.Join(addresses, `", "`))
}

// members is the body of a group of expressions.
func members(expressions ...string) string {
	return `{"expression": [` + strings.Join(expressions, ", ") + `]}`
}

func TestExpressionsOfAGroup(t *testing.T) {
	t.Parallel()
	m := start(t, nsxsim.Options{})
	many := slices.Repeat([]string{byTag("s|t"), or}, 6)
	addresses := slices.Repeat([]string{"10.0.0.1"}, 501)
	for body, verdict := range map[string]string{
		`{}`:                                                       "200",
		members(byTag("s|t")):                                      "200",
		members(byTag("s|t"), byTag("s|u")):                        "400/255",
		members(byTag("s|t"), or):                                  "400/255",
		members(or, byTag("s|t"), or):                              "400/255",
		members(byTag("s|t"), or, byTag("s|u")):                    "200",
		members(byTag("s|t"), and, byTag("s|u")):                   "200",
		members(byTag("s|t"), and, byAddress("10.0.0.1")):          "400/255",
		members(byAddress("10.0.0.1"), and, byTag("s|t")):          "400/255",
		members(byAddress("10.0.0.1"), and, byAddress("10.0.0.1")): "400/255",
		members(byTag("s|t"), and, strings.Replace(byTag("s|t"), "SegmentPort", "LogicalPort", 1)): "400/255",
		members(byTag("s|t"), strings.Replace(or, `"OR"`, `"NOR"`, 1), byTag("s|u")):               "400/255",
		members(byTag("s|t"), or, byAddress("10.0.0.1")):                                           "200",
		members(byTag("s|t"), byTag("s|t"), byTag("s|u")):                                          "400/255",
		members(many[:9]...):  "200",
		members(many[:11]...): "400/255",
		members(byTag("t")):   "400/255",
		members(byTag("|")):   "400/255",
		members(byTag("s|")):  "200",
		members(byTag("|t")):  "200",
		members(strings.Replace(byTag("s|t"), `"Tag"`, `"Name"`, 1)):                               "400/255",
		members(strings.Replace(byTag("s|t"), `"EQUALS"`, `"CONTAINS"`, 1)):                        "400/255",
		members(strings.Replace(byTag("s|t"), `"SegmentPort"`, `"Elsewhere"`, 1)):                  "400/255",
		members(strings.Replace(byTag("s|t"), `"Condition"`, `"PathCondition"`, 1)):                "400/255",
		members(byAddress("10.0.0.1", "10.1.0.0/16", "10.2.0.1-10.2.0.9", "fd00::1", "0.0.0.0/4")): "200",
		members(byAddress("10.0.0.256")):                                                           "400/255",
		members(byAddress("10.0.0.9-10.0.0.1")):                                                    "400/255",
		members(byAddress("10.0.0.9-fd00::1")):                                                     "400/255",
		members(byAddress(addresses[:500]...)):                                                     "200",
		members(byAddress(addresses...)):                                                           "400/255",
		`{"expression": [{"resource_type": "IPAddressExpression", "ip_addresses": []}]}`:           "400/255",
	} {
		if a := ask(t, m, put, groups+"g", body); a.verdict != verdict {
			t.Errorf("%s is answered with %s, not %s: %v", body, a.verdict, verdict, a.body["error_message"])
		}
		m.Remove(groups + "g")
	}
}

func TestLogicalPortsUntil9(t *testing.T) {
	t.Parallel()
	for version, verdict := range map[string]string{"3.2.3": "200", "4.1.2": "200", "4.2.1": "200", "9.0.0": "400/255"} {
		m := start(t, nsxsim.Options{Version: version})
		portsWith(t, m, map[string]string{"a": "s|t"})
		body := members(strings.Replace(byTag("s|t"), "SegmentPort", "LogicalPort", 1))
		if a := ask(t, m, put, groups+"g", body); a.verdict != verdict {
			t.Errorf("%s: a group of logical ports is answered with %s, not %s", version, a.verdict, verdict)
		} else if verdict == "200" && membersOf(t, m, "g", "segment-ports") != "a" {
			t.Errorf("%s: the tag of a segment port is that of its logical port", version)
		}
	}
}

// portsWith makes ports with tags, each scope|tag and separated by spaces; the address of the first one is 10.0.0.1.
func portsWith(t *testing.T, m manager, tags map[string]string) {
	t.Helper()
	run(t, m, step{put, segment, `{}`, "200"})
	for id, tags := range tags {
		var list []string
		for _, each := range strings.Fields(tags) {
			scope, tag, _ := strings.Cut(each, "|")
			list = append(list, fmt.Sprintf(`{"scope": %q, "tag": %q}`, scope, tag))
		}
		address := fmt.Sprintf("10.0.0.%d", id[0]-'a'+1)
		run(t, m, step{put, segment + "/ports/" + id, fmt.Sprintf(`{"tags": [%s], "address_bindings": [{"ip_address": %q}]}`,
			strings.Join(list, ", "), address), "200"})
	}
}

// membersOf are the members of a group of a kind, separated by spaces: the ids of ports, or addresses.
func membersOf(t *testing.T, m manager, id, kind string) string {
	t.Helper()
	body := ask(t, m, get, groups+id+"/members/"+kind, "").body
	var found []string
	for _, result := range body["results"].([]any) {
		if port, ok := result.(map[string]any); ok {
			if port["path"] != segment+"/ports/"+port["id"].(string) {
				t.Errorf("the path of %v is that of the port", port)
			}
			result = port["id"]
		}
		found = append(found, result.(string))
	}
	if body["result_count"] != float64(len(found)) {
		t.Errorf("%v counts its results", body)
	}
	return strings.Join(found, " ")
}

func TestMembersOfAGroup(t *testing.T) {
	t.Parallel()
	m := start(t, nsxsim.Options{})
	portsWith(t, m, map[string]string{"a": "s|t", "b": "S|T s|u", "c": "x|t", "d": ""})
	for _, c := range []struct{ body, ports, addresses string }{
		{`{}`, "", ""},
		{members(byTag("s|t")), "a b", "10.0.0.1 10.0.0.2"},
		{members(byTag("s|")), "a b", "10.0.0.1 10.0.0.2"},
		{members(byTag("|T")), "a b c", "10.0.0.1 10.0.0.2 10.0.0.3"},
		{members(byTag("x|T"), or, byTag("S|U")), "b c", "10.0.0.2 10.0.0.3"},
		{members(byTag("s|t"), and, byTag("s|u")), "b", "10.0.0.2"},
		{members(byTag("s|t"), and, byTag("s|u"), or, byTag("x|t")), "b c", "10.0.0.2 10.0.0.3"},
		{members(byAddress("10.9.0.0/16", "10.0.0.4")), "", "10.0.0.4 10.9.0.0/16"},
		{members(byTag("x|t"), or, byAddress("10.0.0.3", "10.0.0.4")), "c", "10.0.0.3 10.0.0.4"},
	} {
		run(t, m, step{put, groups + "g", c.body, "200"})
		if ports, addresses := membersOf(t, m, "g", "segment-ports"), membersOf(t, m, "g", "ip-addresses"); ports != c.ports ||
			addresses != c.addresses {
			t.Errorf("%s has %q and %q, not %q and %q", c.body, ports, addresses, c.ports, c.addresses)
		}
		m.Remove(groups + "g")
	}
}

func TestGroupsAndServicesInUseStay(t *testing.T) {
	t.Parallel()
	m := start(t, nsxsim.Options{})
	const web = "/infra/services/web"
	for body, named := range map[string]string{
		`{"scope": ["` + groups + `g"]}`:                                      groups + "g",
		policyOf(rule("r", `"scope": ["`+groups+`g"]`)):                       groups + "g",
		policyOf(rule("r", `"source_groups": ["10.0.0.0/8", "`+groups+`g"]`)): groups + "g",
		policyOf(rule("r", `"destination_groups": ["`+groups+`g"]`)):          groups + "g",
		policyOf(rule("r", `"services": ["`+web+`"]`)):                        web,
		policyOf(rule("q", ``), rule("r", `"services": ["`+web+`"]`)):         web,
	} {
		run(t, m, step{put, policies + "p", body, "400/500012"})
		run(t, m, step{put, named, map[bool]string{true: `{"service_entries": [` + tcp("80") + `]}`, false: `{}`}[named == web], "200"},
			step{put, policies + "p", body, "200"})
		a := ask(t, m, del, named, "")
		if a.verdict != "400/500030" || !strings.Contains(a.body["error_message"].(string), "path=["+policies+"p]") {
			t.Errorf("%s is in use by %s: %s %v", named, body, a.verdict, a.body)
		}
		run(t, m, step{del, policies + "p", "", "200"}, step{del, named, "", "200"})
	}
	run(t, m, step{put, web, `{"service_entries": [` + tcp("80") + `]}`, "200"},
		step{put, policies + "p", policyOf(rule("r", `"source_groups": ["`+web+`"]`)), "400/500012"})
}
