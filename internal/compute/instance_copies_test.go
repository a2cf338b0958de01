// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// copied clones a VM beside it, switched off, as `govc vm.clone` and backup programs do.
func copied(t *testing.T, vc *acctest.VCenter, path, name string) {
	t.Helper()
	folder, _, _ := strings.Cut(path, "/")
	off := types.VirtualMachineCloneSpec{Location: types.VirtualMachineRelocateSpec{Pool: vc.VM(path).ResourcePool}}
	if off.Location.Pool == nil {
		t.Fatalf("%s has no pool", path)
	}
	by(t, func(ctx context.Context) (*object.Task, error) {
		return machine(vc, path).Clone(ctx, vc.Folder(folder), name, off)
	})
	before, after := acctest.Extra(vc.VM(path)), acctest.Extra(vc.VM(folder+"/"+name))
	if before["novasphere.server"] != after["novasphere.server"] {
		t.Fatalf("the copy of %s has not its records", path)
	}
}

// groupedOnLab returns members of a server group, on a network with a subnet.
func groupedOnLab(n int) string {
	return serverGroup("anti-affinity", "") + ported + strings.Replace(members(n), "  scheduler_hints",
		"  network { uuid = novasphere_networking_subnet.lab.network_id }\n  scheduler_hints", 1)
}

// portedNetwork returns the network alone.
func portedNetwork() string {
	network, _, _ := strings.Cut(ported, "resource \"novasphere_networking_subnet\"")
	return network
}

// TestAccCopies: a VM with another instance's records is a copy and is ignored: it is no member, in no rule and no list, and holds no
// port, so that objects of the originals can be deleted while it stays.
func TestAccCopies(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	all, is := resource.ComposeAggregateTestCheckFunc, resource.TestCheckResourceAttr
	config := func(n int) string { return vc.Config("", groupedOnLab(n)) }
	lists := data("instances", "all", "depends_on = [novasphere_compute_instance.web]") +
		data("limits", "all", "depends_on = [novasphere_compute_instance.web]")
	uncounted := all(is("data.novasphere_compute_instances.all", "names.#", "3"),
		is("data.novasphere_compute_limits.all", "total_instances_used", "3"))
	stays := on(vc, "OpenStack/web-0-restored", powered("poweredOff"))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config(2), Check: ruled(t, vc, "anti-affinity! web-0, web-1")},
			{PreConfig: func() { copied(t, vc, "OpenStack/web-0", "web-0-restored") }, RefreshState: true, Check: is(group, "members.#", "2")},
			{Config: config(2), PlanOnly: true},
			{Config: config(3) + lists, Check: all(ruled(t, vc, "anti-affinity! web-0, web-1, web-2"), uncounted, portsLeft(vc, 4, 3), stays)},
			{Config: config(3) + lists, PlanOnly: true},
			{Config: vc.Config("", ported), Check: all(ruled(t, vc), portsLeft(vc, 1, 0), noRecords(vc, "servergroup"), stays)},
			// the portgroup is in use: vCenter counts all of its VMs
			{Config: vc.Config("", portedNetwork()), Check: all(portsLeft(vc, 0, 0), stays)},
			{PreConfig: func() { by(t, machine(vc, "OpenStack/web-0-restored").Destroy) }, Config: vc.Config("", portedNetwork())},
		},
	})
}

// TestAccCopyHasTheName: the error about a name that a copy has tells which instance it is a copy of.
func TestAccCopyHasTheName(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := vc.Config("", plain(`name = "web"`))
	_, other, _ := strings.Cut(again(plain(`name = "copy"`)), "resource \"novasphere_compute_instance\"")
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config},
			{PreConfig: func() { copied(t, vc, "OpenStack/web", "copy") }, Config: config + "resource \"novasphere_compute_instance\"" + other,
				ExpectError: says(`a VM called "copy" exists already at /dc1/vm/OpenStack/copy. It is a copy: what is recorded on it is the instance`)},
		},
	})
	if len(vc.VMs("OpenStack/copy")) != 1 {
		t.Error("the copy is gone")
	}
}

// TestAccCopyBecomesAnInstance: an imported copy counts as a foreign VM; its first change records it under its own id, and takes nothing
// from the original.
func TestAccCopyBecomesAnInstance(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	network := "\n  network { uuid = novasphere_networking_subnet.lab.network_id }"
	config := vc.Config("", ported+plain("name = \"web\""+network))
	adopted := func(state string) string {
		_, other, _ := strings.Cut(again(plain("name = \"copy\"\n power_state = \""+state+"\""+network)),
			"resource \"novasphere_compute_instance\"")
		return config + "resource \"novasphere_compute_instance\"" + other
	}
	imported := "import {\n  to = novasphere_compute_instance.again\n  id = \"/dc1/vm/OpenStack/copy\"\n}\n"
	own := on(vc, "OpenStack/copy", func(vm mo.VirtualMachine) error {
		keys, first := acctest.Extra(vm), acctest.Extra(vc.VM("OpenStack/web"))
		if keys["novasphere.id"] != vm.Config.InstanceUuid || !strings.Contains(keys["novasphere.mark"], `"adopted":true`) ||
			keys["novasphere.server"] == first["novasphere.server"] {
			return fmt.Errorf("it is not recorded as its own: %v", keys)
		}
		if keys["nvp.iface-id.0"] == first["nvp.iface-id.0"] {
			return fmt.Errorf("it bears the original's port %s", keys["nvp.iface-id.0"])
		}
		return nil
	})
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config},
			{PreConfig: func() { copied(t, vc, "OpenStack/web", "copy") }, Config: adopted("shutoff") + imported,
				Check: resource.TestCheckResourceAttr("novasphere_compute_instance.again", "power_state", "shutoff")},
			{Config: adopted("active"), Check: own},
			{Config: adopted("active"), PlanOnly: true},
			{Config: config, Check: portsLeft(vc, 2, 1)},
			{Config: config, PlanOnly: true},
		},
		CheckDestroy: portsLeft(vc, 0, 0),
	})
}

// TestAccCopiedRecords: cloned records of a network do not make a second network, and do not list a port twice.
func TestAccCopiedRecords(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := vc.Config("", ported)
	listed := config + "\ndata \"novasphere_networking_ports\" \"all\" { depends_on = [novasphere_networking_port.one] }\n"
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config},
			{PreConfig: func() {
				name := vc.VMs("novasphere/novasphere-network-*")[0].Name
				copied(t, vc, "novasphere/"+name, name+"-restored")

			}, Config: listed, Check: resource.TestCheckResourceAttr("data.novasphere_networking_ports.all", "ports.#", "1")},
			{Config: listed, PlanOnly: true},
		},
	})
}
