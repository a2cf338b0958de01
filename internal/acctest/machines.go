// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"context"
	"net/url"
	"strings"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// VMs returns the VMs at an inventory path, which may have wildcards: "OpenStack/*".
func (v *VCenter) VMs(path string) []mo.VirtualMachine {
	v.t.Helper()
	ctx := context.Background()
	finder := find.NewFinder(v.Client().Client)
	found, err := finder.VirtualMachineList(ctx, v.Datacenter(1)+"/vm/"+path)
	if _, none := err.(*find.NotFoundError); none {
		return nil
	}
	if err != nil {
		v.t.Fatal(err)
	}
	var out []mo.VirtualMachine
	for _, vm := range found {
		one, err := v.properties(vm)
		if fault.Is(err, &types.ManagedObjectNotFound{}) {
			continue // it was removed after the listing
		}
		if err != nil {
			v.t.Fatal(err)
		}
		out = append(out, one)
	}
	return out
}

// Properties reads all properties of VMs.
func (v *VCenter) Properties(found []*object.VirtualMachine) []mo.VirtualMachine {
	v.t.Helper()
	var out []mo.VirtualMachine
	for _, vm := range found {
		one, err := v.properties(vm)
		if err != nil {
			v.t.Fatal(err)
		}
		out = append(out, one)
	}
	return out
}

func (v *VCenter) properties(vm *object.VirtualMachine) (out mo.VirtualMachine, err error) {
	err = property.DefaultCollector(v.Client().Client).RetrieveOne(context.Background(), vm.Reference(), nil, &out)
	return out, err
}

// VM returns the one VM at a path.
func (v *VCenter) VM(path string) mo.VirtualMachine {
	v.t.Helper()
	all := v.VMs(path)
	if len(all) != 1 {
		v.t.Fatalf("%d machines at %s, not one", len(all), path)
	}
	return all[0]
}

// Folder returns a VM folder of the first datacenter, and makes the missing parts of its path.
func (v *VCenter) Folder(path string) *object.Folder {
	v.t.Helper()
	ctx, finder, at := context.Background(), find.NewFinder(v.Client().Client), v.Datacenter(1)+"/vm"
	folder, err := finder.Folder(ctx, at)
	for name := range strings.SplitSeq(path, "/") {
		if err != nil {
			break
		}
		parent := folder
		at += "/" + name
		if folder, err = finder.Folder(ctx, at); err != nil {
			folder, err = parent.CreateFolder(ctx, name)
		}
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return folder
}

// Make makes a foreign VM in a VM folder of the first datacenter, and the folder if it is missing.
func (v *VCenter) Make(folder string, spec types.VirtualMachineConfigSpec) {
	v.t.Helper()
	ctx, finder := context.Background(), find.NewFinder(v.Client().Client)
	pool, err := finder.ResourcePoolList(ctx, v.Datacenter(1)+"/host/*/Resources")
	if err != nil {
		v.t.Fatal(err)
	}
	if spec.Files == nil {
		spec.Files = &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"}
	}
	task, err := v.Folder(folder).CreateVM(ctx, spec, pool[0], nil)
	if err == nil {
		err = task.Wait(ctx)
	}
	if err != nil {
		v.t.Fatal(err)
	}
}

// Labelled returns the objects that have the vSphere tag of this name.
func (v *VCenter) Labelled(tag string) (bearers []mo.Reference) {
	v.t.Helper()
	v.withTags(func(ctx context.Context, manager *tags.Manager, all []tags.Tag) (err error) {
		for _, one := range all {
			if one.Name == tag {
				bearers, err = manager.ListAttachedObjects(ctx, one.ID)
			}
		}
		return err
	})
	return bearers
}

// Tags returns the names of all vSphere tags.
func (v *VCenter) Tags() (names []string) {
	v.t.Helper()
	v.withTags(func(_ context.Context, _ *tags.Manager, all []tags.Tag) error {
		for _, tag := range all {
			names = append(names, tag.Name)
		}
		return nil
	})
	return names
}

// withTags reads all tags, in its own REST session.
func (v *VCenter) withTags(do func(ctx context.Context, manager *tags.Manager, all []tags.Tag) error) {
	v.t.Helper()
	ctx := context.Background()
	client := rest.NewClient(v.Client().Client)
	if err := client.Login(ctx, url.UserPassword(v.User, v.Password)); err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = client.Logout(ctx) }()
	manager := tags.NewManager(client)
	all, err := manager.GetTags(ctx)
	if err == nil {
		err = do(ctx, manager, all)
	}
	if err != nil {
		v.t.Fatal(err)
	}
}
