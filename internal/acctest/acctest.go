// SPDX-License-Identifier: MPL-2.0

// Package acctest combines the embedded vCenter, the provider and terraform-plugin-testing for acceptance tests.
package acctest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// served is the provider of all tests. What it caches of a vCenter belongs to the client that a configuration makes.
var served = provider.New("test")

// Factories serves the provider inside the test's own process.
var Factories = map[string]func() (tfprotov6.ProviderServer, error){
	"novasphere": func() (tfprotov6.ProviderServer, error) { return served.Server(), nil },
}

// VCenter is an embedded vCenter for one test.
type VCenter struct {
	*vcsim.VCenter
	// NSX is the one beside it; nil where there is none, and where no configuration is to have its block.
	NSX *NSX
	t   testing.TB

	mu      sync.Mutex
	client  *govmomi.Client
	reached []string // the addresses at which providers reach it: its own, and those of its wires
}

// Start runs an embedded vCenter until the test ends.
func Start(t testing.TB, o vcsim.Options) *VCenter {
	t.Helper()
	sim, err := vcsim.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	v := &VCenter{VCenter: sim, t: t, reached: []string{sim.Server()}}
	t.Cleanup(func() { // other tests run in parallel, and keep their clients
		ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
		defer stop()
		if err := served.Close(ctx, v.reached...); err != nil {
			t.Logf("logging out: %s", err)
		}
		sim.Close()
	})
	return v
}

// Config returns a configuration for this vCenter, and its NSX: the provider block with more arguments, and then the rest.
func (v *VCenter) Config(arguments, rest string) string {
	return fmt.Sprintf("provider \"novasphere\" {\n  vsphere_server = %q\n  user = %q\n  password = %q\n  ca_file = %q\n%s\n%s}\n%s",
		v.Server(), v.User, v.Password, v.CAFile, arguments, v.NSX.block(), rest)
}

// Settings returns the settings of a provider for this vCenter; more adds to them or replaces them.
func (v *VCenter) Settings(more map[string]any) map[string]any {
	settings := map[string]any{"vsphere_server": v.Server(), "user": v.User, "password": v.Password, "ca_file": v.CAFile}
	if v.NSX != nil {
		settings["nsx"] = v.NSX.arguments()
	}
	maps.Copy(settings, more)
	return settings
}

// Provider returns a configured provider for tests without a CLI.
func (v *VCenter) Provider(t testing.TB, more map[string]any) *protocol.Provider {
	t.Helper()
	return protocol.Configured(t, Factories["novasphere"], v.Settings(more))
}

// Client returns the test's own session, apart from the provider's.
func (v *VCenter) Client() *govmomi.Client {
	v.t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.client == nil {
		client, err := v.VCenter.Client(context.Background())
		if err != nil {
			v.t.Fatal(err)
		}
		v.client = client
	}
	return v.client
}

// ExpireSessions ends every session, including the test's own: the next Client is a new one.
func (v *VCenter) ExpireSessions() {
	v.VCenter.ExpireSessions()
	v.mu.Lock()
	v.client = nil
	v.mu.Unlock()
}

// Extra returns a VM's extraConfig as a map.
func Extra(vm mo.VirtualMachine) map[string]string {
	out := map[string]string{}
	for _, o := range vm.Config.ExtraConfig {
		out[o.GetOptionValue().Key] = fmt.Sprint(o.GetOptionValue().Value)
	}
	return out
}

// Parameters returns a VM's advanced parameters in force: those that wait in the catalogue until the VM is off override its own.
func (v *VCenter) Parameters(vm mo.VirtualMachine) map[string]string {
	v.t.Helper()
	out := Extra(vm)
	text := v.Catalogue()["novasphere.pending."+strings.ToLower(vm.Config.InstanceUuid)]
	if text == "" {
		return out
	}
	var record struct {
		Value struct {
			Generation int64
			Keys       map[string]string
			Underway   bool
		}
	}
	if err := json.Unmarshal([]byte(text), &record); err != nil || record.Value.Underway {
		v.t.Fatalf("%s: what waits for it cannot be read, or its change is not complete: %s (%v)", vm.Name, text, err)
	}
	if fmt.Sprint(record.Value.Generation) <= out["novasphere.generation"] { // compared as texts, because no test has ten of them
		return out
	}
	maps.Copy(out, record.Value.Keys)
	maps.DeleteFunc(out, func(_, value string) bool { return value == "" })
	return out
}

// UnderEach runs a test in each of the ways in which a vCenter accepts advanced parameters of a running VM.
func UnderEach(t *testing.T, test func(t *testing.T, how vcsim.Advanced)) {
	t.Helper()
	for name, how := range map[string]vcsim.Advanced{"all taken": vcsim.AllTaken, "known refused": vcsim.KnownRefused,
		"all refused": vcsim.AllRefused} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, how)
		})
	}
}

// Catalogue returns the catalogue's records, by key, or nil where there is no catalogue.
func (v *VCenter) Catalogue() map[string]string {
	v.t.Helper()
	all := v.VMs("novasphere/novasphere-catalogue")
	if len(all) == 0 {
		return nil
	}
	out := map[string]string{}
	for key, value := range Extra(all[0]) {
		if strings.HasPrefix(key, "novasphere.") && key != "novasphere.mark" {
			out[key] = value
		}
	}
	return out
}

// Records returns all records of the provider, in the catalogue and of the networks, one in a line.
func (v *VCenter) Records() string {
	v.t.Helper()
	var lines []string
	for _, holder := range v.VMs("novasphere/*") {
		for key, value := range Extra(holder) {
			if strings.HasPrefix(key, "novasphere.") && key != "novasphere.mark" {
				lines = append(lines, key+" = "+value)
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Check turns a plain function into a check.
func Check(f func() error) func(*terraform.State) error {
	return func(*terraform.State) error { return f() }
}

// DiskFile returns the file of a VM's root disk.
func DiskFile(vm mo.VirtualMachine) string {
	disk := hardware.RootDisk(vm.Config.Hardware.Device)
	if disk == nil {
		return ""
	}
	return disk.Backing.(types.BaseVirtualDeviceFileBackingInfo).GetVirtualDeviceFileBackingInfo().FileName
}

// DiskGiB returns the size of a VM's root disk in GiB.
func DiskGiB(vm mo.VirtualMachine) int64 {
	disk := hardware.RootDisk(vm.Config.Hardware.Device)
	if disk == nil {
		return 0
	}
	return disk.CapacityInKB >> 20
}

// Files returns all files below a datastore path such as "[vmfs-1]".
func (v *VCenter) Files(path string) []string {
	v.t.Helper()
	ctx := context.Background()
	store, _ := v.store(path)
	browser, err := store.Browser(ctx)
	if err != nil {
		v.t.Fatal(err)
	}
	task, err := browser.SearchDatastoreSubFolders(ctx, path, &types.HostDatastoreBrowserSearchSpec{MatchPattern: []string{"*"}})
	if err != nil {
		v.t.Fatal(err)
	}
	info, err := task.WaitForResult(ctx)
	if err != nil {
		v.t.Fatal(err)
	}
	var out []string
	for _, folder := range info.Result.(types.ArrayOfHostDatastoreBrowserSearchResults).HostDatastoreBrowserSearchResults {
		for _, file := range folder.File {
			out = append(out, strings.TrimSuffix(folder.FolderPath, "/")+"/"+file.GetFileInfo().Path)
		}
	}
	return out
}

// store splits a path such as "[vmfs-1] web/web.vmx" into the datastore and the rest.
func (v *VCenter) store(path string) (*object.Datastore, string) {
	v.t.Helper()
	var p object.DatastorePath
	p.FromString(path)
	store, err := find.NewFinder(v.Client().Client).Datastore(context.Background(), v.Datacenter(1)+"/datastore/"+p.Datastore)
	if err != nil {
		v.t.Fatal(err)
	}
	return store, p.Path
}

// ReadFile returns the content of a file on a datastore, for example "[vmfs-1] web/configdrive.iso".
func (v *VCenter) ReadFile(path string) []byte {
	v.t.Helper()
	store, inside := v.store(path)
	file, _, err := store.Download(context.Background(), inside, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(file)
	if err != nil {
		v.t.Fatal(err)
	}
	return data
}

// Hosts returns the ESX hosts of the first datacenter's clusters.
func (v *VCenter) Hosts() []mo.HostSystem {
	v.t.Helper()
	ctx := context.Background()
	client := v.Client()
	found, err := find.NewFinder(client.Client).HostSystemList(ctx, v.Datacenter(1)+"/host/*/*")
	if err != nil {
		v.t.Fatal(err)
	}
	hosts := make([]mo.HostSystem, len(found))
	for i, host := range found {
		if err := host.Properties(ctx, host.Reference(), []string{"name", "parent"}, &hosts[i]); err != nil {
			v.t.Fatal(err)
		}
	}
	return hosts
}

// NoNetwork returns an error if there is a network of this name.
func (v *VCenter) NoNetwork(name string) error {
	if _, err := v.network(name); err == nil {
		return fmt.Errorf("the network %s is left", name)
	}
	return nil
}

// DestroyNetwork removes a portgroup, as with the vSphere client.
func (v *VCenter) DestroyNetwork(name string) error {
	found, err := v.network(name)
	if err != nil {
		return err
	}
	task, err := object.NewCommon(v.Client().Client, found.Reference()).Destroy(v.t.Context())
	if err != nil {
		return err
	}
	return task.Wait(v.t.Context())
}

func (v *VCenter) network(name string) (object.NetworkReference, error) {
	return find.NewFinder(v.Client().Client).Network(v.t.Context(), "/dc1/network/"+name)
}
