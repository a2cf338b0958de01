// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// nova makes VMs as Nova did, each with one NIC on a portgroup of that name, and returns the values that replace those of the recorded
// services in a state: the instance's id, its port's and its MAC.
func nova(t *testing.T, vc *acctest.VCenter, portgroup string) (made acctest.Replayed, port, mac string) {
	t.Helper()
	replayer := vc.Replayer(t)
	for _, r := range recordings.Condensed(t) {
		if r.Refused() != nil || len(r.Steps) != 1 {
			continue
		}
		all, err := replayer.Replay(r, 0)
		if err != nil || len(all) != 1 {
			continue
		}
		vm := vc.Properties([]*object.VirtualMachine{all[0].VM})[0]
		cards := object.VirtualDeviceList(vm.Config.Hardware.Device).SelectByType((*types.VirtualEthernetCard)(nil))
		port := acctest.Extra(vm)["nvp.iface-id.0"]
		if len(cards) == 1 && port != "" && plugged(cards[0], vc.Portgroup(portgroup).Key) {
			return all[0], port, cards[0].(types.BaseVirtualEthernetCard).GetVirtualEthernetCard().MacAddress
		}
	}
	t.Fatalf("no recording leaves a machine with one NIC on %s", portgroup)
	return made, "", ""
}

func plugged(card types.BaseVirtualDevice, key string) bool {
	b, is := card.GetVirtualDevice().Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo)
	return is && b.Port.PortgroupKey == key
}

// TestAccMovedInstances: instances move with all objects that they use. Their VMs are Nova's, and the first change records one.
func TestAccMovedInstances(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	web, port, mac := nova(t, vc, "public")
	before := vc.Properties([]*object.VirtualMachine{web.VM})[0].Config.ChangeVersion
	here := strings.NewReplacer("78b15603-b628-4bd8-a1ec-f56ad951d12f", web.ID, "248aaf2e-b57c-439f-90f2-60b14e467dc0", port,
		"fa:16:3e:9f:4d:19", mac, "DC0_DVPG_web", "public", "DC0_DVPG_plain", "private",
		`  name            = "web"`, `  name            = "test-vm"`) // the recorded instance's name
	past := slices.Concat(acctest.ReadPast(t, "../networking/testdata/moved/openstack-3.4.0"),
		acctest.ReadPast(t, "../compute/testdata/moved/openstack-3.4.0"))
	past = slices.DeleteFunc(past, func(p acctest.Past) bool { return p.Type == "openstack_compute_instance_v2" && p.Name == "plain" })
	for i := range past {
		if err := json.Unmarshal([]byte(here.Replace(string(past[i].Raw(t)))), &past[i].Attributes); err != nil {
			t.Fatal(err)
		}
	}
	config := strings.Replace(here.Replace(configured(t, past)), "data.novasphere_images_image.debian.id",
		`"c86a58cd-a60c-4a0a-b6bc-306b7cef0330"`, 1)
	ws := vc.NewWorkspace(t, vc.Wire(t), config+acctest.MovedBlocks(past))
	ws.Inherit(past)
	vc.ResetCalls()
	if out := ws.Must("plan", "-no-color"); !strings.Contains(out, "Plan: 0 to add, 0 to change, 0 to destroy.") ||
		strings.Count(out, " has moved to ") != len(past) {
		t.Fatalf("the plan does more than move %d objects:\n%s", len(past), out)
	}
	ws.Apply()
	ws.PlanIsEmpty()
	if changes := acctest.Changes(vc.Calls()); len(changes) > 0 {
		t.Errorf("the move has changed the vCenter: %v", changes)
	}
	is := ws.State("novasphere_compute_instance", "web")
	for of, want := range map[string]any{"id": web.ID, "key_pair": "given", "flavor_id": "2f927136-6099-4f97-9d41-0b8012880b88",
		"metadata": map[string]any{"tier": "web"}, "security_groups": []any{"web"}} {
		if !reflect.DeepEqual(is[of], want) {
			t.Errorf("%s is %v, not %v", of, is[of], want)
		}
	}
	ws.Configure(regexp.MustCompile(`(?m)^  security_groups = .*\n`).ReplaceAllString(config, "  power_state = \"shutoff\"\n"))
	if out := ws.Apply(); !strings.Contains(out, "Resources: 0 added, 1 changed, 0 destroyed.") {
		t.Errorf("the instance is not changed in place:\n%s", out)
	}
	ws.PlanIsEmpty()
	after := vc.Properties([]*object.VirtualMachine{web.VM})[0]
	if after.Config.InstanceUuid != web.ID || after.Config.ChangeVersion == before ||
		!strings.Contains(acctest.Extra(after)["novasphere.server"], `"key_pair":"given"`) {
		t.Errorf("the first change records %s of %s", acctest.Extra(after)["novasphere.server"], after.Config.InstanceUuid)
	}
}

// configured returns the resources of the configuration that the states were made with, as far as they are among past, retyped.
func configured(t *testing.T, past []acctest.Past) string {
	t.Helper()
	raw, err := os.ReadFile("testdata/moved/openstack-3.4.0.tf")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, found := range block.FindAllStringSubmatch(string(raw), -1) {
		if slices.ContainsFunc(past, func(p acctest.Past) bool { return p.Type == found[1] && p.Name == found[2] }) {
			out.WriteString(found[0])
		}
	}
	return acctest.Retype("\n" + out.String())
}
