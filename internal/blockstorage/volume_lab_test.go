// SPDX-License-Identifier: MPL-2.0

package blockstorage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vslm"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const kindOfVolume = "novasphere_blockstorage_volume"

// lab is a vCenter, a provider, and what a vCenter holds of disks.
type lab struct {
	*testing.T
	vc *acctest.VCenter
	*protocol.Provider
}

func labOf(t *testing.T, o vcsim.Options) *lab {
	t.Helper()
	vc := acctest.Start(t, o)
	return &lab{t, vc, vc.Provider(t, nil)}
}

// volume is a configuration of a volume with further arguments.
func volume(name string, size int, more map[string]any) map[string]any {
	config := map[string]any{"name": name, "size": size}
	for key, value := range more {
		config[key] = value
	}
	return config
}

// bring makes a volume, or changes it, and fails the test unless the next plan is empty.
func (l *lab) bring(config map[string]any, prior protocol.Object) protocol.Object {
	l.Helper()
	made := l.Bring(kindOfVolume, config, prior)
	read, reported := l.Read(made)
	if len(reported) > 0 {
		l.Fatalf("the refresh reports %v", reported)
	}
	if plan := l.Plan(kindOfVolume, config, read); plan.Action != protocol.Nothing || len(plan.Diagnostics) > 0 {
		l.Fatalf("the next plan is to %s: %v\n%s\n%s", plan.Action, plan.Diagnostics, read.State, plan.Planned)
	}
	return read
}

func (l *lab) create(name string, size int, more map[string]any) protocol.Object {
	l.Helper()
	return l.bring(volume(name, size, more), l.None(kindOfVolume))
}

// refused fails the test unless a plan reports an error at an attribute with a text.
func (l *lab) refused(config map[string]any, prior protocol.Object, attribute, text string) {
	l.Helper()
	errors := l.Plan(kindOfVolume, config, prior).Errors()
	if said := fmt.Sprint(errors); len(errors) != 1 || !strings.Contains(said, text) || errors[0].Attribute != attribute {
		l.Errorf("%v: the plan says %v, and not %q at %s", config, said, text, attribute)
	}
}

// disk is what the vCenter holds of a volume.
func (l *lab) disk(o protocol.Object) types.VStorageObjectConfigInfo {
	l.Helper()
	found, err := l.find(o.Text("id"))
	if err != nil {
		l.Fatal(err)
	}
	return found
}

func (l *lab) find(id string) (types.VStorageObjectConfigInfo, error) {
	c, err := vslm.NewClient(l.Context(), l.vc.Client().Client)
	if err != nil {
		l.Fatal(err)
	}
	found, err := vslm.NewGlobalObjectManager(c).Retrieve(l.Context(), types.ID{Id: id})
	if err != nil {
		return types.VStorageObjectConfigInfo{}, err
	}
	return found.Config, nil
}

// disks are the ids of all first class disks.
func (l *lab) disks() (ids []string) {
	l.Helper()
	for _, disk := range l.vc.Disks() {
		ids = append(ids, disk.ID())
	}
	return ids
}

// note writes a key of a disk's metadata.
func (l *lab) note(o protocol.Object, key, value string) {
	l.Helper()
	client := l.vc.Client().Client
	res, err := methods.VCenterUpdateVStorageObjectMetadataEx_Task(l.Context(), client, &types.VCenterUpdateVStorageObjectMetadataEx_Task{
		This: *client.ServiceContent.VStorageObjectManager, Id: types.ID{Id: o.Text("id")}, Datastore: l.store(o).Reference(),
		Metadata: []types.KeyValue{{Key: key, Value: value}}})
	if err != nil {
		l.Fatal(err)
	}
	l.wait(object.NewTask(client, res.Returnval))
}

func (l *lab) wait(task *object.Task) {
	l.Helper()
	if err := task.Wait(l.Context()); err != nil {
		l.Fatal(err)
	}
}

// metadata are a disk's, by their keys.
func metadata(held types.VStorageObjectConfigInfo) map[string]string {
	out := map[string]string{}
	for _, pair := range held.Metadata {
		out[pair.Key] = pair.Value
	}
	return out
}

// store is the datastore that a volume lies on.
func (l *lab) store(o protocol.Object) *object.Datastore {
	l.Helper()
	return object.NewDatastore(l.vc.Client().Client, l.disk(o).Backing.(*types.BaseConfigInfoDiskFileBackingInfo).Datastore)
}

// storeNamed is a datastore by its name.
func (l *lab) storeNamed(name string) *object.Datastore {
	l.Helper()
	found, err := find.NewFinder(l.vc.Client().Client).Datastore(l.Context(), "/dc1/datastore/"+name)
	if err != nil {
		l.Fatal(err)
	}
	return found
}

// instance makes the instance web.
func (l *lab) instance() protocol.Object {
	l.Helper()
	flavor := l.Bring("novasphere_compute_flavor", map[string]any{"name": "m1.small", "vcpus": 1, "ram": 512, "disk": 20}, protocol.Object{})
	return l.Bring("novasphere_compute_instance", map[string]any{"name": "web", "flavor_id": flavor.Text("id"), "image_name": "debian-12",
		"wait_for_ip": "0s", "network": []any{map[string]any{"name": "public"}}}, protocol.Object{})
}

// machine is the instance's.
func (l *lab) machine() *object.VirtualMachine {
	l.Helper()
	return object.NewVirtualMachine(l.vc.Client().Client, l.vc.VM("OpenStack/web").Self)
}

// attach gives a volume to the instance.
func (l *lab) attach(o protocol.Object) {
	l.Helper()
	if err := l.machine().AttachDisk(l.Context(), o.Text("id"), l.store(o), 0, nil); err != nil {
		l.Fatal(err)
	}
}

// detach takes it away.
func (l *lab) detach(o protocol.Object) {
	l.Helper()
	if err := l.machine().DetachDisk(l.Context(), o.Text("id")); err != nil {
		l.Fatal(err)
	}
}

// snapshot takes one of a volume, and gives its id as the provider writes it.
func (l *lab) snapshot(o protocol.Object) string {
	l.Helper()
	task, err := vslm.NewObjectManager(l.vc.Client().Client).CreateSnapshot(l.Context(), l.store(o), o.Text("id"), "before")
	if err != nil {
		l.Fatal(err)
	}
	info, err := task.WaitForResult(l.Context())
	if err != nil {
		l.Fatal(err)
	}
	return o.Text("id") + "/" + info.Result.(types.ID).Id
}
