// SPDX-License-Identifier: MPL-2.0

package policy_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

func TestPortState(t *testing.T) {
	t.Parallel()
	for text, free := range map[string]bool{
		`{}`:                                    true,
		`{"attachment": {"state": "FREE"}}`:     true,
		`{"attachment": {"state": "ATTACHED"}}`: false,
		`{"attachment": {"state": "ATTACHED_IN_MOTION"}}`: false,
		`{"attachment": {"state": "DETACHED"}}`:           false,
	} {
		var s policy.PortState
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		if s.Free() != free || len(s.Conflicts()) != 0 {
			t.Errorf("the port %s counts as free: %t", text, s.Free())
		}
	}
	var s policy.PortState
	if err := json.Unmarshal([]byte(`{"duplicate_bindings": [{"binding": {"ip_address": "10.0.0.5", "mac_address": "00:50:56:00:00:01"},
		"source": "ARP_SNOOPING", "conflicting_port": "p2"}]}`), &s); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(s.Conflicts(), func(c string) bool { return strings.Contains(c, "10.0.0.5 at the port p2") }) {
		t.Errorf("the conflicts are %v", s.Conflicts())
	}
}

func TestShrinkRefused(t *testing.T) {
	t.Parallel()
	why := errors.New("no")
	err := policy.ShrinkRefused(port, why)
	refused(t, err, "fixed_ip", `Unplug the port`)
	if !errors.Is(err, why) {
		t.Errorf("NSX's own error is lost: %v", err)
	}
}
