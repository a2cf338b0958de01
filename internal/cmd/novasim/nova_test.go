// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/replay"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
)

// TestRunWithNova: with -nova there is every machine of which a recording leaves one, the program says how many, and the list of instances
// that nobody has recorded finds them all, beside none that is foreign to Nova.
func TestRunWithNova(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	env := filepath.Join(t.TempDir(), "env")
	out, stop := started(t, "-env", env, "-nova")
	defer stop()
	v := environment(t, env)
	there := instanceIDs(t, logIn(t, v))
	if want := recordedMachines(t); len(there) < 100 || len(there) != want {
		t.Errorf("%d machines, and the recordings leave %d", len(there), want)
	}
	if said := fmt.Sprintf("nova      %d machines in %s\n", len(there), replay.Folder); !strings.Contains(out, said) {
		t.Errorf("it does not say %q: %s", said, out)
	}
	guide, err := os.ReadFile("../../../templates/guides/leaving-nova-without-a-reboot.md.tmpl")
	if planned := fmt.Sprintf("Plan: %d to import,", len(there)); err != nil || !strings.Contains(string(guide), planned) {
		t.Errorf("the guide does not say %q: %v", planned, err)
	}
	served := provider.New("test")
	defer func() { _ = served.Close(t.Context(), v[0]) }()
	p := protocol.Configured(t, func() (protocol.Server, error) { return served.Server(), nil },
		map[string]any{"vsphere_server": v[0], "user": v[1], "password": v[2], "ca_file": v[3]})
	found, said := p.List("novasphere_compute_instance", map[string]any{"unmanaged": true}, 1000, false)
	listed := map[string]bool{}
	for _, one := range found {
		listed[one.Identity["id"]] = true
	}
	if len(said) > 0 || len(found) != len(there) || !maps.Equal(listed, there) {
		t.Errorf("%d machines are listed of %d: %v", len(found), len(there), said)
	}
}

// instanceIDs returns the instance UUIDs of the VMs in Nova's folder.
func instanceIDs(t *testing.T, c *govmomi.Client) map[string]bool {
	t.Helper()
	finder := find.NewFinder(c.Client, false)
	vms, err := finder.VirtualMachineList(t.Context(), "/dc1/vm/OpenStack/*/Instances/*")
	if err != nil {
		t.Fatal(err)
	}
	var refs []types.ManagedObjectReference
	for _, vm := range vms {
		refs = append(refs, vm.Reference())
	}
	var all []mo.VirtualMachine
	if err := property.DefaultCollector(c.Client).Retrieve(t.Context(), refs, []string{"config.instanceUuid"}, &all); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, vm := range all {
		ids[vm.Config.InstanceUuid] = true
	}
	return ids
}

// recordedMachines counts the creations in those recordings that leave a machine.
func recordedMachines(t *testing.T) (n int) {
	t.Helper()
	for _, r := range slices.DeleteFunc(recordings.Condensed(t), func(r recordings.Recording) bool { return r.Machineless() != "" }) {
		for _, s := range r.Steps {
			for _, call := range s.Calls {
				if call.Method == "CreateVM_Task" {
					n++
				}
			}
		}
	}
	return n
}
