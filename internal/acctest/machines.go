package acctest

import (
	"context"
	"net/url"
	"path"
	"strings"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// Make makes a machine that is nobody's in a VM folder of the first datacenter, and the folder where it is missing.
func (v *VCenter) Make(folder string, spec types.VirtualMachineConfigSpec) {
	v.t.Helper()
	ctx, finder := context.Background(), find.NewFinder(v.Client().Client)
	at, err := finder.Folder(ctx, v.Datacenter(1)+"/vm")
	if err != nil {
		v.t.Fatal(err)
	}
	for i, name := range strings.Split(folder, "/") {
		below, err := finder.Folder(ctx, path.Join(v.Datacenter(1), "vm", path.Join(strings.Split(folder, "/")[:i+1]...)))
		if err != nil {
			below, err = at.CreateFolder(ctx, name)
		}
		if err != nil {
			v.t.Fatal(err)
		}
		at = below
	}
	pool, err := finder.ResourcePoolList(ctx, v.Datacenter(1)+"/host/*/Resources")
	if err != nil {
		v.t.Fatal(err)
	}
	if spec.Files == nil {
		spec.Files = &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"}
	}
	task, err := at.CreateVM(ctx, spec, pool[0], nil)
	if err == nil {
		err = task.Wait(ctx)
	}
	if err != nil {
		v.t.Fatal(err)
	}
}

// Labelled are the objects that bear the vSphere tag of a name.
func (v *VCenter) Labelled(tag string) []mo.Reference {
	v.t.Helper()
	ctx := context.Background()
	client := rest.NewClient(v.Client().Client)
	if err := client.Login(ctx, url.UserPassword(v.User, v.Password)); err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = client.Logout(ctx) }()
	manager := tags.NewManager(client)
	all, err := manager.GetTags(ctx)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, one := range all {
		if one.Name != tag {
			continue
		}
		bearers, err := manager.ListAttachedObjects(ctx, one.ID)
		if err != nil {
			v.t.Fatal(err)
		}
		return bearers
	}
	return nil
}
