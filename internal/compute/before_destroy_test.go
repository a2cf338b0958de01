// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccInstanceMadeBeforeTheOneItReplaces: with create_before_destroy the replacement is made while the former instance still has the
// name. The error tells what works, nothing is made, and the present instance stays.
func TestAccInstanceMadeBeforeTheOneItReplaces(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	provider := vc.Provider(t, nil)
	little(provider)
	made := provider.Bring(instanceKind, wish(nil), protocol.Object{})
	next := vc.Provider(t, nil)
	now, _ := next.Read(made)
	plan := next.Plan(instanceKind, wish(map[string]any{"config_drive": true}), now)
	if plan.Action != protocol.Replace || len(plan.Errors()) > 0 {
		t.Fatalf("the plan is to %s, heard %v", plan.Action, plan.Diagnostics)
	}
	plan.Action = protocol.Create // Terraform creates first
	plan.Prior = next.None(instanceKind)
	left, heard := next.Apply(plan)
	errs := protocol.Errors(heard)
	if len(errs) != 1 || !strings.Contains(errs[0].Text, "take create_before_destroy out, or let the name change with what replaces the "+
		"instance") {
		t.Errorf("heard %v", heard)
	}
	if left.Exists() {
		t.Error("something is in the state")
	}
	if id := vc.VM("OpenStack/web").Config.InstanceUuid; id != made.Text("id") {
		t.Errorf("the instance is %s, not %s", id, made.Text("id"))
	}
	other := wish(map[string]any{"config_drive": true, "name": "web-2"})
	next.Bring(instanceKind, other, protocol.Object{})
	if len(vc.VMs("OpenStack/*")) != 2 {
		t.Error("under another name it is not made")
	}
}
