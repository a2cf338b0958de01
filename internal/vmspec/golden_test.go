// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// The reasons why a recording cannot be compared. There are no others.
const (
	novaOnly  = "a mechanism that only Nova has"
	defect    = "a defect of Nova's"
	simulator = "the simulator's own topology"
)

// excluded selects the recordings whose instance is not compared, by their properties and not by name, so that a new recording of the
// same kind finds its reason too.
var excluded = []struct {
	reason string
	what   string
	is     func(r recordings.Recording) bool
}{
	{novaOnly, "it never came to an instance: Nova's own configuration file was refused at its start", func(r recordings.Recording) bool {
		return slices.ContainsFunc(r.Steps, func(s recordings.Step) bool { return s.Op == "driver_init" && s.Error != nil })
	}},
	{novaOnly, "datastore_regex of Nova's configuration file matched nothing: here it is the provider's argument",
		func(r recordings.Recording) bool {
			return r.Refused() != nil && strings.Contains(r.Refused().Message, "Datastore regex")
		}},
	{novaOnly, "integration_bridge of Nova's configuration file, for a network service that is long gone", func(r recordings.Recording) bool {
		return r.Input.Conf["vmware.integration_bridge"] != nil
	}},
	{defect, "Nova stumbles over itself: no other version of it sends this", func(r recordings.Recording) bool {
		return r.Refused() != nil && (r.Refused().Class == "builtins.UnicodeDecodeError" || r.Refused().Class == "builtins.AttributeError")
	}},
	{defect, "it sends a guest id that no vCenter takes, without a look", func(r recordings.Recording) bool {
		id := r.Input.Image.Properties["vmware_ostype"]
		return id != nil && !isGuestID(fmt.Sprint(id)) && r.Refused() == nil
	}},
}

func TestGolden(t *testing.T) {
	t.Parallel()
	all := recordings.All(t)
	if len(all) == 0 {
		t.Fatal("no recordings")
	}
	for _, r := range all {
		t.Run(r.Name, func(t *testing.T) {
			for _, e := range excluded {
				if e.is(r) {
					t.Logf("not compared: %s: %s", e.reason, e.what)
					return
				}
			}
			compareRecording(t, r)
		})
	}
}

// TestFewAreExcluded holds the exclusions to the reasons that they give.
func TestFewAreExcluded(t *testing.T) {
	t.Parallel()
	all, names := recordings.Condensed(t), map[string][]string{}
	for _, r := range all {
		for _, e := range excluded {
			if e.is(r) {
				names[e.what] = append(names[e.what], r.Name)
				break
			}
		}
	}
	left := 0
	for _, e := range excluded {
		if !slices.Contains([]string{novaOnly, defect, simulator}, e.reason) || len(names[e.what]) == 0 {
			t.Errorf("%s (%s) excludes %v", e.what, e.reason, names[e.what])
		}
		left += len(names[e.what])
	}
	if len(all) < 130 || left > 10 {
		t.Errorf("%d of %d recordings are not compared: %v", left, len(all), names)
	}
}

func compareRecording(t *testing.T, r recordings.Recording) {
	wish := wishOf(r)
	err := refusal(r, wish)
	if refused := r.Refused(); refused != nil {
		if err == nil {
			t.Errorf("Nova refuses it (%s), we do not", refused.Message)
		}
		return
	}
	if err != nil {
		t.Fatalf("Nova makes it, and we say: %s", err)
	}
	got, _, err := Desired(wish)
	if err != nil {
		t.Fatalf("Nova makes it, and we say: %s", err)
	}
	want := r.Spawned(t)
	compareSpec(t, got, want)
	if wish.Root.Diskless {
		compareBootVolume(t, got, want)
	} else {
		compareDisks(t, got, want, r.Input.Image.DiskFormat != "iso")
	}
	compareOps(t, r, wish)
}

// refusal returns the error that the plan of such an instance reports.
func refusal(r recordings.Recording, wish Instance) error {
	const gib = 1 << 30
	for _, err := range []error{Usable(wish.Flavor), Copyable(r.Input.Image.DiskFormat),
		Fits(wish.Flavor, "image", (r.Input.Image.Size+gib-1)/gib)} {
		if err != nil {
			return err
		}
	}
	if _, _, err := Desired(wish); err != nil {
		return err
	}
	needs, err := needsOf(wish.Flavor, wish.Properties)
	if err == nil && needs.StoragePolicy == "nope" && r.Input.Conf["vmware.pbm_enabled"] == true {
		err = fmt.Errorf("no storage policy %q", needs.StoragePolicy) // internal/vcenter looks it up
	}
	return err
}

// novaReads drops the keys that Nova's VMware driver ignores and we translate: there the results differ on purpose.
func novaReads(values map[string]string, key func(Row) string) map[string]string {
	ours := slices.Concat(kvmRows, slices.DeleteFunc(slices.Clone(vmwareRows), func(r Row) bool {
		return r.ExtraSpec == "vmware:hw_version" || r.ExtraSpec == "vmware:storage_policy"
	}))
	out := maps.Clone(values)
	maps.DeleteFunc(out, func(k, _ string) bool { return slices.ContainsFunc(ours, func(r Row) bool { return key(r) == k }) })
	return out
}

func wishOf(r recordings.Recording) Instance {
	f := r.Flavor()
	f.ExtraSpecs = novaReads(f.ExtraSpecs, func(row Row) string { return row.ExtraSpec })
	w := Instance{ID: "a0000000-0000-4000-8000-000000000001", Name: "test-vm", Flavor: f,
		Properties: novaReads(r.Properties(), func(row Row) string { return row.Property }),
		ImageID:    "b0000000-0000-4000-8000-000000000001", Owner: Owner{User: "demo", Project: "p"}}
	if name, ok := r.Input.Instance["display_name"]; ok {
		w.Name = strings.ReplaceAll(fmt.Sprint(name), "<nil>", "None") // our instances always have a name
	}
	if r.Input.Image.DiskFormat == "iso" {
		w.ISO = hardware.ISO{File: "[ds] image.iso", Store: types.ManagedObjectReference{Type: "Datastore", Value: "datastore-1"}}
	}
	if r.Input.Conf["vmware.pbm_enabled"] == true {
		w.PolicyID = "policy"
	}
	if mapped, boots := r.BootVolume(); boots { // Nova knows no image of such an instance
		w.Root, w.ImageID = Root{Diskless: true, Bus: mapped}, ""
	}
	for i, n := range r.Input.Networks {
		w.NICs = append(w.NICs, nicOf(n, i))
	}
	return w
}

// nicOf returns a NIC on the network that Nova was given. Nova looks a network that has a name up in the cluster, and so do we before a
// specification is built. A network that is not found has no kind.
func nicOf(n recordings.Network, i int) NIC {
	nic := NIC{MAC: fmt.Sprintf("fa:16:3e:00:00:%02x", i+1), Port: fmt.Sprintf("c0000000-0000-4000-8000-%012d", i+1)}
	if n.MAC != "" {
		nic.MAC, nic.Port = n.MAC, n.PortID
	}
	name := n.Details["dvs_port_group_name"]
	if name == "" {
		name = n.Bridge
	}
	switch {
	case n.Type == "ovs":
		nic.Network = openstack.Network{Kind: openstack.NetworkOpaque, OpaqueID: n.Details["nsx-logical-switch-id"],
			OpaqueType: "nsx.LogicalSwitch"}
		if nic.Network.OpaqueID == "" {
			nic.Network.OpaqueID = n.NetworkID
		}
	case n.Details["dvs_id"] != "":
		nic.Network = openstack.Network{Kind: openstack.NetworkDistributed, SwitchUUID: n.Details["dvs_id"], PortgroupKey: n.Details["pg_id"]}
	case strings.Contains("DC0_DVPG0", name):
		nic.Network = openstack.Network{Kind: openstack.NetworkDistributed, SwitchUUID: "${DVS_UUID}", PortgroupKey: "${PG_KEY_0}"}
	}
	return nic
}

// compareOps compares the operations after the instance was made, where they appear in a specification: resizes, and NICs attached and
// detached. Power states, snapshots, rescue, consoles and migrations do not.
func compareOps(t *testing.T, r recordings.Recording, wish Instance) {
	t.Helper()
	ports, steps := map[string]string{}, r.Steps
	for i, nic := range wish.NICs {
		ports[fmt.Sprintf("%s%d", PortKey, i)] = nic.Port
	}
	for i, op := range r.Input.Ops {
		step := steps[min(i+1, len(steps)-1)]
		switch op.Op {
		case "resize":
			compareResize(t, r, op, step, wish)
		case "attach_interface":
			wish.NICs = append(wish.NICs, nicOf(*op.Network, len(wish.NICs)))
			comparePlug(t, step, wish, ports)
		case "detach_interface":
			if op.Which == "first" {
				wish.NICs = wish.NICs[1:]
				comparePorts(t, step, wish, ports)
			} else if step.Error == nil || len(hardware.Unplug(nil, "fa:16:3e:00:00:ff")) != 0 {
				t.Error("Nova refuses to unplug a NIC that is not there, and there is nothing to unplug for us")
			}
		}
	}
}

// compareResize compares CPU, memory and annotation. Nova leaves allocations, topology, limits and unchanged disks as they were; that
// difference is on purpose.
func compareResize(t *testing.T, r recordings.Recording, op recordings.Op, step recordings.Step, wish Instance) {
	t.Helper()
	to := r.Resized(op)
	next := wish
	next.Flavor = to
	if step.Error != nil {
		if to.Disk >= wish.Flavor.Disk {
			t.Errorf("Nova refuses the resize: %s", step.Error.Message)
		}
		return // the plan of compute_instance refuses a smaller disk
	}
	if Usable(to) != nil {
		return // Nova checks it only when it makes an instance
	}
	got, _, err := Desired(next)
	if err != nil {
		t.Fatal(err)
	}
	want := step.Specs(t)[0]
	if got.NumCPUs != want.NumCPUs || got.MemoryMB != want.MemoryMB || !hardware.SameAllocation(want.CpuAllocation, got.CpuAllocation) {
		t.Errorf("resize to %d vcpus, %d MB, %+v; Nova: %d, %d, %+v", got.NumCPUs, got.MemoryMB, got.CpuAllocation, want.NumCPUs, want.MemoryMB,
			want.CpuAllocation)
	}
	compareAnnotation(t, got.Annotation, want.Annotation)
}

func comparePlug(t *testing.T, step recordings.Step, wish Instance, ports map[string]string) {
	t.Helper()
	spec, _, err := Desired(wish)
	if err != nil {
		t.Fatal(err)
	}
	want := cards(step.Specs(t)[0])
	got := cards(spec)[len(wish.NICs)-1:]
	got[0].GetVirtualEthernetCard().Key = firstNICKey // one at a time
	compareCards(t, got, want)
	comparePorts(t, step, wish, ports)
}

func comparePorts(t *testing.T, step recordings.Step, wish Instance, ports map[string]string) {
	t.Helper()
	var has []string
	for _, nic := range wish.NICs {
		has = append(has, nic.Port)
	}
	set := PortKeys(ports, has)
	maps.Copy(ports, set)
	want := map[string]string{}
	for _, o := range step.Specs(t)[0].ExtraConfig {
		want[o.GetOptionValue().Key] = fmt.Sprint(o.GetOptionValue().Value)
	}
	if !maps.Equal(set, want) {
		t.Errorf("ports %v; Nova: %v", set, want)
	}
}

// needsOf compiles a flavor and an image's properties and returns only their needs.
func needsOf(f openstack.Flavor, properties map[string]string) (Needs, error) {
	c, err := Compile(f, properties)
	return c.Needs, err
}
