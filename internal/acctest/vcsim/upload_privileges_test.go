// SPDX-License-Identifier: MPL-2.0

package vcsim_test

import (
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/nfc"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestImportNeedsPrivileges on the pool, the folder and the datastore; a lease needs none.
func TestImportNeedsPrivileges(t *testing.T) {
	t.Parallel()
	v, admin, _ := withUsers(t)
	root := admin.ServiceContent.RootFolder
	ids := []string{"VApp.Import", "Datastore.AllocateSpace"}
	v.AddUser("all", "p", vcsim.Permission{On: root, Privileges: ids})
	v.AddUser("space", "p", vcsim.Permission{On: root, Privileges: ids[1:]})
	v.AddUser("import", "p", vcsim.Permission{On: root, Privileges: ids[:1]})
	f := find.NewFinder(admin.Client)
	pool, err := f.ResourcePool(t.Context(), v.Datacenter(1)+"/host/compute/Resources")
	if err != nil {
		t.Fatal(err)
	}
	folder, err := f.Folder(t.Context(), v.Datacenter(1)+"/vm")
	if err != nil {
		t.Fatal(err)
	}
	store, err := f.Datastore(t.Context(), v.Datacenter(1)+"/datastore/vmfs-1")
	if err != nil {
		t.Fatal(err)
	}
	imported := func(user string) (*nfc.Lease, error) {
		c := as(t, v, user, "p")
		pool, err := find.NewFinder(c.Client).ResourcePool(t.Context(), v.Datacenter(1)+"/host/compute/Resources")
		if err != nil {
			t.Fatal(err)
		}
		return pool.ImportVApp(t.Context(), &types.VirtualMachineImportSpec{ConfigSpec: types.VirtualMachineConfigSpec{
			Name: user, GuestId: "otherGuest64", Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"}}}, folder, nil)
	}
	_, err = imported("space")
	lacks(t, "import", err, "VApp.Import", pool.Reference())
	_, err = imported("import")
	lacks(t, "space", err, "Datastore.AllocateSpace", store.Reference())
	lease, err := imported("all")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = lease.Wait(t.Context(), nil); err == nil {
		err = lease.Progress(t.Context(), 1)
	}
	if err == nil {
		err = lease.Complete(t.Context())
	}
	if err != nil {
		t.Error(err)
	}
}
