// SPDX-License-Identifier: MPL-2.0

package actions_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestArgumentsThatComeOfVariables: Terraform does not validate an action's arguments with the values of variables. What validate would
// refuse is refused by the plan, and by an invocation whose plan did not know it, before the vCenter is asked to do anything.
func TestArgumentsThatComeOfVariables(t *testing.T) {
	t.Parallel()
	l := newLab(t, vcsim.Options{})
	web, vm := l.made("web")
	l.ResetCalls()
	for attribute, wrong := range map[string]struct {
		kind   string
		config map[string]any
	}{
		"state":            {power, id(web, "state", "deleted")},
		"type":             {reboot, id(web, "type", "HARD")},
		"graceful_timeout": {power, id(web, "state", "shutoff", "graceful_timeout", -1)},
		"operation":        {"novasphere_compute_instance_snapshot", id(web, "operation", "REVERT", "name", "a")},
		"name":             {"novasphere_compute_instance_snapshot", id(web, "operation", "create", "name", "")},
		"timeout":          {migrate, id(web, "timeout", "soon")},
	} {
		invoked := l.InvokeUnseen(wrong.kind, wrong.config)
		if !invoked.Ended || len(invoked.Progress) > 0 {
			t.Errorf("%s: %+v", attribute, invoked)
		}
		for when, said := range map[string][]protocol.Diagnostic{"plan": l.PlanActionUnseen(wrong.kind, wrong.config), "invoke": invoked.Said} {
			if errors := protocol.Errors(said); len(errors) != 1 || errors[0].Attribute != attribute {
				t.Errorf("%s of a wrong %s: %v", when, attribute, said)
			}
		}
	}
	l.counted(map[string]int{"PowerOffVM_Task": 0, "ShutdownGuest": 0, "RebootGuest": 0, "ResetVM_Task": 0, "CreateSnapshot_Task": 0,
		"RevertToSnapshot_Task": 0, "RelocateVM_Task": 0, "FindByUuid": 0})
	if now := l.VM("OpenStack/web"); now.Runtime.PowerState != vm.Runtime.PowerState {
		t.Errorf("web is %s", now.Runtime.PowerState)
	}
}
