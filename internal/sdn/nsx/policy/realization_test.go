// SPDX-License-Identifier: MPL-2.0

package policy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

func TestRealize(t *testing.T) {
	t.Parallel()
	const done, waits, failed = `{"state": "REALIZED"}`, `{"state": "UNREALIZED"}`, `{"state": "ERROR", "entity_type": "RealizedLogicalPort"`
	for name, c := range map[string]struct {
		entities string
		stage    policy.Stage
		code     int64
		reason   string
	}{
		"nothing begun":         {``, policy.Waiting, 0, ""},
		"done":                  {done + "," + done, policy.Done, 0, ""},
		"one waits":             {done + "," + waits + "," + done, policy.Waiting, 0, ""},
		"a state nobody knows":  {done + `,{"state": "SOMETHING"}`, policy.Waiting, 0, ""},
		"no alarm yet":          {done + "," + failed + "}," + waits, policy.Unexplained, 0, "has not said why"},
		"an alarm without code": {waits + "," + failed + `, "alarms": [{"message": "m"}]}`, policy.Unexplained, 0, "has not said why"},
		"what it needs is late": {failed + `, "alarms": [{"error_details": {"error_code": 500042}}]}`, policy.Waiting, 0, ""},
		"needs late, by another": {failed + `, "alarms": [{"error_details": {"error_code": 1, "related_errors": [{"error_code": 500042}]}}]}`,
			policy.Waiting, 0, ""},
		"NSX's own text": {waits + "," + failed + `, "alarms": [{"message": "no", "error_details": {"error_code": 7, "error_message": "bad"}}]}`,
			policy.Failed, 7, "NSX could not realize it (RealizedLogicalPort): bad (code 7)"},
		"the alarm's text": {failed + `, "alarms": [{"message": "no", "error_details": {"error_code": 7}}]},` + done, policy.Failed, 7,
			"no (code 7)"},
		"a code that is known": {failed + `, "alarms": [{"error_details": {"error_code": 1, "error_message": "x", "related_errors":
			[{"error_code": 8212, "error_message": "y"}]}}]}`, policy.Failed, 8212, "a subnet of NSX has no free address (code 8212)"},
	} {
		var entities []policy.RealizedEntity
		if err := json.Unmarshal([]byte("["+c.entities+"]"), &entities); err != nil {
			t.Fatal(err)
		}
		got := policy.Realize(entities)
		if got.Stage != c.stage || got.Code != c.code || !strings.Contains(got.Reason, c.reason) || (c.reason == "") != (got.Reason == "") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestLogicalSwitch(t *testing.T) {
	t.Parallel()
	all := []policy.RealizedEntity{{State: "REALIZED", EntityType: "RealizedDhcpServer", SpecificID: "d", IntentPaths: []string{"/a"}},
		{State: "UNREALIZED", EntityType: "RealizedLogicalSwitch", SpecificID: "s", IntentPaths: []string{"/a", "/b"}}}
	if got := policy.LogicalSwitch(all); got != "" {
		t.Errorf("a logical switch that is not realized is %q", got)
	}
	all[1].State = "REALIZED"
	if got := policy.LogicalSwitch(all); got != "s" {
		t.Errorf("the logical switch is %q", got)
	}
	if by := policy.ByIntent(all); len(by) != 2 || len(by["/a"]) != 2 || len(by["/b"]) != 1 || by["/b"][0].SpecificID != "s" {
		t.Errorf("by their paths they are %v", by)
	}
}
