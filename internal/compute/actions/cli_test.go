// SPDX-License-Identifier: MPL-2.0

package actions_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const invoked = `
resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 2
  ram   = 2048
  disk  = 20
}
resource "novasphere_compute_instance" "web" {
  name        = "web"
  flavor_id   = novasphere_compute_flavor.small.id
  image_name  = "debian-12"
  description = "DESCRIPTION"
}
# An action that names the very resource that triggers it is a cycle for some versions of Terraform.
resource "terraform_data" "described" {
  input = novasphere_compute_instance.web.description
  lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.novasphere_compute_instance_reboot.web]
    }
  }
}
action "novasphere_compute_instance_reboot" "web" {
  config {
    instance_id = novasphere_compute_instance.web.id
    type        = "hard"
  }
}
action "novasphere_compute_instance_power" "off" {
  config {
    instance_id = novasphere_compute_instance.web.id
    state       = "shutoff"
  }
}
`

// TestAccActionsByTerraform: an action is triggered by an update and invoked by its address, with its progress on the screen, and the next
// plan shows what it has made of the instance. Older CLIs have no actions.
func TestAccActionsByTerraform(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ws := vc.NewVerbsWorkspace(t, vc.Wire(t), strings.ReplaceAll(invoked, "DESCRIPTION", "one"))
	ws.Apply()
	ws.PlanIsEmpty()
	if n := vc.Calls()["ResetVM_Task"]; n != 0 {
		t.Errorf("the creation has reset it %d times", n)
	}
	ws.Configure(strings.ReplaceAll(invoked, "DESCRIPTION", "two"))
	out := ws.Must("apply", "-auto-approve", "-no-color")
	if !regexp.MustCompile(`novasphere_compute_instance_reboot\.web.*web is reset`).MatchString(out) || vc.Calls()["ResetVM_Task"] != 1 {
		t.Errorf("%d resets: %s", vc.Calls()["ResetVM_Task"], out)
	}
	out = ws.Must("apply", "-auto-approve", "-no-color", "-invoke=action.novasphere_compute_instance_power.off")
	if !strings.Contains(out, "is asked to shut itself down") || vc.VM("OpenStack/web").Runtime.PowerState != "poweredOff" {
		t.Errorf("it is %s: %s", vc.VM("OpenStack/web").Runtime.PowerState, out)
	}
	out = ws.Must("apply", "-auto-approve", "-no-color", "-invoke=action.novasphere_compute_instance_power.off")
	if !strings.Contains(out, "web is shutoff already") || vc.Calls()["ShutdownGuest"] != 1 {
		t.Errorf("%d stops: %s", vc.Calls()["ShutdownGuest"], out)
	}
	out, err := ws.Run("apply", "-auto-approve", "-no-color", "-invoke=action.novasphere_compute_instance_reboot.web")
	if err == nil || !strings.Contains(strings.Join(strings.Fields(out), " "), "only a running instance can be rebooted") {
		t.Errorf("%v: %s", err, out)
	}
}
