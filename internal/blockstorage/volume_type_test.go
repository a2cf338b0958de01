// SPDX-License-Identifier: MPL-2.0

package blockstorage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/pbm"
	"github.com/vmware/govmomi/pbm/methods"
	pbmtypes "github.com/vmware/govmomi/pbm/types"
	vim "github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// Two storage policies of the simulator.
const (
	gold     = "vSAN Default Storage Policy"
	goldID   = "aa6d5a82-1c88-45da-85d3-3d74b91a5bad"
	silver   = "VVol No Requirements Policy"
	silverID = "f4e5bade-15a2-4805-bf8e-52318c4ce443"
)

// policy is the id of the storage policy that a volume's disk has.
func (l *lab) policy(o protocol.Object) string {
	l.Helper()
	c, err := pbm.NewClient(l.Context(), l.vc.Client().Client)
	if err != nil {
		l.Fatal(err)
	}
	res, err := methods.PbmQueryAssociatedProfile(l.Context(), c, &pbmtypes.PbmQueryAssociatedProfile{This: c.ServiceContent.ProfileManager,
		Entity: pbmtypes.PbmServerObjectRef{ObjectType: string(pbmtypes.PbmObjectTypeVirtualDiskUUID), Key: o.Text("id")}})
	if err != nil {
		l.Fatal(err)
	}
	if len(res.Returnval) == 0 {
		return ""
	}
	return res.Returnval[0].UniqueId
}

func typed(name string, more map[string]any) map[string]any {
	config := volume("data", 1, more)
	config["volume_type"] = name
	return config
}

// TestVolumeRetyped: another type is given to the same disk, detached or attached, and what others do to it shows in the plan.
func TestVolumeRetyped(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	v := l.bring(typed(gold, nil), l.None(kindOfVolume))
	if got := l.policy(v); got != goldID {
		t.Errorf("it was made with the policy %q", got)
	}
	retyped := l.bring(typed(silver, nil), v)
	if got := l.policy(retyped); got != silverID || retyped.Text("id") != v.Text("id") || metadata(l.disk(v))["novasphere.type"] != silver {
		t.Errorf("it has the policy %q", got)
	}
	l.instance()
	l.attach(v)
	read, _ := l.Read(retyped)
	v = l.bring(typed(gold, nil), read)
	if got := l.policy(v); got != goldID {
		t.Errorf("attached, it has the policy %q", got)
	}
	l.detach(v)
	l.setPolicy(v, silverID)
	fresh := &lab{t, l.vc, l.vc.Provider(t, nil)}
	read, _ = fresh.Read(v)
	if read.Text("volume_type") != silver {
		t.Errorf("the refresh gives the type %q", read.Text("volume_type"))
	}
	v = fresh.bring(typed(gold, nil), read)
	if got := l.policy(v); got != goldID {
		t.Errorf("put back, it has the policy %q", got)
	}
}

// setPolicy gives a volume's disk another storage policy.
func (l *lab) setPolicy(o protocol.Object, id string) {
	l.Helper()
	client := l.vc.Client().Client
	res, err := vim.UpdateVStorageObjectPolicy_Task(l.Context(), client, &types.UpdateVStorageObjectPolicy_Task{
		This: *client.ServiceContent.VStorageObjectManager, Id: types.ID{Id: o.Text("id")}, Datastore: l.store(o).Reference(),
		Profile: []types.BaseVirtualMachineProfileSpec{&types.VirtualMachineDefinedProfileSpec{ProfileId: id}}})
	if err != nil {
		l.Fatal(err)
	}
	l.wait(object.NewTask(client, res.Returnval))
}

// TestVolumeMovedForItsType: a type that the disk's datastore does not satisfy is refused, unless the volume may move, and can.
func TestVolumeMovedForItsType(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	v := l.create("data", 1, map[string]any{"metadata": map[string]any{"role": "db"}})
	was := l.store(v)
	to := "vmfs-2"
	if name, _ := was.ObjectName(t.Context()); name == to {
		to = "vmfs-1"
	}
	l.vc.Satisfy(goldID, l.storeNamed(to).Reference())
	l.refused(typed(gold, nil), v, "volume_type", `write volume_retype_policy = "on-demand"`)
	onDemand := map[string]any{"volume_retype_policy": "on-demand"}
	l.instance()
	l.attach(v)
	read, _ := l.Read(v)
	l.refused(typed(gold, onDemand), read, "volume_type", `cannot move while "web" has it`)
	l.detach(v)
	v, _ = l.Read(v)
	moved := l.bring(typed(gold, onDemand), v)
	held := l.disk(moved)
	if l.store(moved).Reference() != l.storeNamed(to).Reference() || l.policy(moved) != goldID || moved.Text("id") != v.Text("id") ||
		metadata(held)["novasphere.meta.role"] != "db" {
		t.Errorf("the vCenter holds %+v with the policy %s", held, l.policy(moved))
	}
	l.vc.Satisfy(silverID)
	l.refused(typed(silver, onDemand), moved, "volume_type", "satisfies the storage policy")
	l.refused(typed(silver, nil), l.None(kindOfVolume), "volume_type", "satisfies the storage policy")
	l.vc.Satisfy(silverID, was.Reference())
	l.snapshot(moved)
	l.refused(typed(silver, onDemand), moved, "volume_type", "cannot move while it has snapshots")
}

// TestVolumeHints: a volume lies where its hints say, or is refused.
func TestVolumeHints(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	web := l.instance()
	root := l.vc.VM("OpenStack/web").Datastore[0]
	hints := func(key string, value any) map[string]any {
		return map[string]any{"scheduler_hints": []any{map[string]any{key: value}}}
	}
	local := l.create("local", 1, hints("local_to_instance", web.Text("id")))
	apart := l.create("apart", 1, hints("different_host", []any{local.Text("id")}))
	beside := l.create("beside", 1, hints("same_host", []any{apart.Text("id")}))
	for _, of := range []struct {
		volume protocol.Object
		near   bool
	}{{local, true}, {apart, false}, {beside, false}} {
		if at := l.store(of.volume).Reference(); (at == root) != of.near {
			t.Errorf("%s lies on %v, and the instance's root on %v", of.volume.Text("name"), at, root)
		}
	}
	none := l.None(kindOfVolume)
	l.refused(volume("data", 1, hints("local_to_instance", "00000000-0000-4000-8000-000000000000")), none, "scheduler_hints",
		"there is no instance")
	l.refused(volume("data", 1, hints("different_host", []any{local.Text("id"), apart.Text("id")})), none, "scheduler_hints",
		"none of the datastores that may be chosen")
	warned := l.Plan(kindOfVolume, volume("data", 1, hints("query", "[]")), none)
	if said := fmt.Sprint(warned.Diagnostics); len(warned.Errors()) > 0 || !strings.Contains(said, "Hints without effect: query") {
		t.Errorf("a query is met with %v", said)
	}
	if plan := l.Plan(kindOfVolume, volume("local", 1, hints("same_host", []any{apart.Text("id")})), local); plan.Action != protocol.Replace {
		t.Errorf("other hints are to %s", plan.Action)
	}
	plain := l.create("plain", 1, nil)
	if plan := l.Plan(kindOfVolume, volume("plain", 1, hints("same_host", []any{apart.Text("id")})), plain); plan.Action != protocol.Update {
		t.Errorf("hints that are added are to %s", plan.Action)
	}
}
