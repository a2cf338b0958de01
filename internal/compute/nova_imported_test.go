// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/vmware/govmomi/object"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// reads are the calls that change nothing in a vCenter.
var reads = []string{"GET /sdk/vimServiceVersions.xml", "Login", "Logout", "RetrieveServiceContent", "RetrievePropertiesEx",
	"ContinueRetrievePropertiesEx", "FindByUuid", "FindByInventoryPath", "SessionIsActive", "CurrentTime"}

// changing returns the calls on the wire that may change something.
func changing(calls map[string]int) (out []string) {
	for call := range calls {
		name, _, _ := strings.Cut(call, " of ")
		if !slices.Contains(reads, name) {
			out = append(out, call)
		}
	}
	return out
}

// recordedAndResized checks a VM of Nova after its first change: it has the new size and a record, and keeps its other settings.
func recordedAndResized(vc *acctest.VCenter, grown novaMachine) resource.TestCheckFunc {
	return acctest.Check(func() error {
		now, extra, was := vc.VM(grown.Path), acctest.Extra(vc.VM(grown.Path)), acctest.Extra(grown.is)
		have := map[string]any{"cpus": now.Config.Hardware.NumCPU, "memory": now.Config.Hardware.MemoryMB, "id": now.Config.InstanceUuid,
			"notes": now.Config.Annotation, "power": now.Runtime.PowerState,
			"devices": devicesIn(now), "port": extra["nvp.iface-id.0"], "other": extra["nvp.iface-id.1"],
			"label": slices.Contains(vc.Tags(), "m1.grown")}
		want := map[string]any{"cpus": int32(2), "memory": int32(1024), "id": grown.ID, "notes": grown.is.Config.Annotation,
			"power": grown.is.Runtime.PowerState, "devices": devicesIn(grown.is), "port": was["nvp.iface-id.0"], "other": was["nvp.iface-id.1"],
			"label": true}
		for _, part := range []string{`"key_pair":"anna"`, `"image_id":"b0000000-0000-4000-8000-000000000001"`, `"metadata":{"role":"web"}`,
			`"tags":["a"]`, `"kind":"swap","mb":64`, `"name":"m1.grown"`} {
			have[part], want[part] = strings.Contains(extra["novasphere.server"], part), true
		}
		have["told"], want["told"] = extra["guestinfo.metadata"], was["guestinfo.metadata"]
		have["adopted"], want["adopted"] = strings.Contains(extra["novasphere.mark"], `"adopted":true`), true
		return differ(have, want)
	})
}

// configsOf returns the configuration of all VMs.
func configsOf(t *testing.T, all []novaMachine) (out string) {
	t.Helper()
	for i, m := range all {
		out += m.config(t, i)
	}
	return out
}

// TestAccNovaImported imports every VM of the recordings of Nova's own driver with its user's OpenStack configuration, without touching
// it. The first real change records the written values.
func TestAccNovaImported(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	all := replayAll(t, vc)
	if len(all) < 90 || t.Failed() {
		t.Fatalf("%d machines are replayed", len(all))
	}
	wire := vc.Wire(t)
	head := fmt.Sprintf("provider \"novasphere\" {\n  vsphere_server = %q\n  user = %q\n  password = %q\n  ca_file = %q\n}\n", wire.Server,
		vc.User, vc.Password, wire.CAFile) +
		keyPair("anna", "anna", fmt.Sprintf("%q", publicKey))
	head += flavorsOf(all)
	instances := configsOf(t, all)
	versions := func() map[string]string {
		out := map[string]string{}
		for _, m := range all {
			out[m.ID] = vc.Properties([]*object.VirtualMachine{m.VM})[0].Config.ChangeVersion
		}
		return out
	}
	before := versions()
	untouched := acctest.Check(func() error {
		calls, _ := wire.Take()
		if found := changing(calls); len(found) > 0 {
			return fmt.Errorf("the import sent %v", found)
		}
		if now := versions(); !maps.Equal(now, before) {
			return fmt.Errorf("machines have changed: %v, %v", before, now)
		}
		return nil
	})
	empty := []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}
	// the one with everything: config drive, ephemeral and swap disk, two NICs
	at := slices.IndexFunc(all, func(m novaMachine) bool { return m.Name[:3] == "132" })
	grown := all[at]
	resized := head + "resource \"novasphere_compute_flavor\" \"grown\" {\n  name = \"m1.grown\"\n  vcpus = 2\n  ram = 1024\n  disk = 1\n  " +
		"ephemeral = 1\n  swap = 64\n}\n" +
		strings.Replace(instances, fmt.Sprintf("flavor_name = %q", grown.flavor().Name), "flavor_name = novasphere_compute_flavor.grown.name", 1)
	cache := filesIn(vc, "192.0.2.10_base/")
	if len(cache) == 0 {
		t.Fatal("there is no image cache")
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy: acctest.Check(func() error {
			return differ(map[string]any{"machines": len(vc.VMs("OpenStack/*/Instances/*")), "cache": filesIn(vc, "192.0.2.10_base/")},
				map[string]any{"machines": 0, "cache": cache})
		}),
		Steps: []resource.TestStep{
			{Config: head},
			{PreConfig: func() { wire.Take() }, Config: head + instances, Check: untouched,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: empty, PostApplyPreRefresh: empty, PostApplyPostRefresh: empty}},
			{Config: resized, Check: recordedAndResized(vc, grown), ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction("novasphere_compute_instance."+grown.address(), updated)},
				PostApplyPostRefresh: empty}},
		},
	})
}

// filesIn returns the files in a folder of the datastore.
func filesIn(vc *acctest.VCenter, folder string) string {
	files := slices.DeleteFunc(vc.Files("[vmfs-1]"), func(f string) bool { return !strings.Contains(f, folder) })
	slices.Sort(files)
	return strings.Join(files, "\n")
}

// TestAccNovaGeneratedConfiguration: the configuration that the CLI generates for an import describes the VM exactly: its plan contains
// only the import.
func TestAccNovaGeneratedConfiguration(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	foreign(t, vc, "somebody's")
	r, kinds := vc.Replayer(t), []string{"001", "078", "093", "117", "124", "132", "144", "145", "146", "157", "174"}
	imports := "import {\n  to = novasphere_compute_instance.foreign\n  id = \"/dc1/vm/OpenStack/somebody's\"\n}\n"
	for _, rec := range recordings.Condensed(t) {
		if !slices.Contains(kinds, rec.Name[:3]) {
			continue
		}
		made, err := r.Replay(rec, 0)
		if err != nil {
			t.Fatal(err)
		}
		imports += fmt.Sprintf("import {\n  to = novasphere_compute_instance.i%s\n  id = %q\n}\n", rec.Name[:3], made[0].ID)
	}
	wire := vc.Wire(t)
	s := vc.NewWorkspace(t, wire, imports)
	s.Must("plan", "-no-color", "-generate-config-out=generated.tf")
	for _, command := range [][]string{{"plan", "-no-color"}, {"apply", "-no-color", "-auto-approve"}} {
		if out, want := s.Must(command...), fmt.Sprintf("%d to import, 0 to add, 0 to change, 0 to destroy", len(kinds)+1); !strings.Contains(out,
			want) {
			t.Fatalf("%s: not %s, but\n%s", command[0], want, out)
		}
	}
	s.PlanIsEmpty()
	calls, _ := wire.Take()
	if found := changing(calls); len(found) > 0 {
		t.Errorf("the imports sent %v", found)
	}
}
