// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccMovedWithoutARefresh: a plan without a refresh neither changes nor replaces an instance that was moved and not read since.
// Destroying it without a refresh deletes its VM, not only the state.
func TestAccMovedWithoutARefresh(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{ForeignVMs: 1})
	made, _, _ := nova(t, vc, "public")
	foreign := vc.VM("foreign-00001")
	past := slices.Concat(acctest.ReadPast(t, "../compute/testdata/moved/openstack-3.4.0"),
		acctest.ReadPast(t, "../compute/testdata/moved/vsphere-2.16.1"))
	past = slices.DeleteFunc(past, func(p acctest.Past) bool {
		return p.Type != "vsphere_virtual_machine" && (p.Type != "openstack_compute_instance_v2" || p.Name != "web")
	})
	for _, p := range past {
		if p.Attributes["id"] = made.ID; p.Type == "vsphere_virtual_machine" {
			p.Attributes["id"], p.Attributes["uuid"], p.Attributes["moid"] = foreign.Config.Uuid, foreign.Config.Uuid, foreign.Self.Value
		}
	}
	ws := vc.NewWorkspace(t, vc.Wire(t), `resource "novasphere_compute_instance" "web" {
  name       = "test-vm"
  image_name = "debian-12"
  user_data  = "#cloud-config"
  network { name = "public" }
}
resource "novasphere_compute_instance" "foreign" {
  name        = "foreign-00001"
  image_name  = "debian-12"
  power_state = "shutoff"
}
moved {
  from = vsphere_virtual_machine.web
  to   = novasphere_compute_instance.foreign
}
moved {
  from = openstack_compute_instance_v2.web
  to   = novasphere_compute_instance.web
}
`)
	ws.Inherit(past)
	machines := func() int { return len(vc.VMs("foreign-*")) + len(vc.VMs("OpenStack/*/Instances/*")) }
	if there := machines(); there < 2 {
		t.Fatalf("%d machines are there", there)
	}
	left := machines() - 2 // the VMs without a moved state
	vc.ResetCalls()
	for _, command := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"plan", "-replace=novasphere_compute_instance.web"}} {
		out, err := ws.Run(append(command, "-no-color", "-refresh=false")...)
		flat := regexp.MustCompile(`[\s│]+`).ReplaceAllString(out, " ")
		for _, from := range []string{"openstack_compute_instance_v2", "vsphere_virtual_machine"} {
			if said := "the instance was moved from " + from + ", and its VM has not been read since"; err == nil || !strings.Contains(flat, said) {
				t.Errorf("%v does not say %q:\n%s", command, said, out)
			}
		}
	}
	if changes := acctest.Changes(vc.Calls()); len(changes) > 0 {
		t.Fatalf("what is not known has been changed: %v", changes)
	}
	ws.Must("destroy", "-auto-approve", "-no-color", "-refresh=false")
	if now := machines(); now != left {
		t.Errorf("%d machines are left, not %d: no state knows of them", now, left)
	}
}
