// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"slices"
	"testing"

	"github.com/vmware/govmomi/pbm"
	pbmtypes "github.com/vmware/govmomi/pbm/types"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
)

// TestVolumeOfAType: the storage policy that a volume's type names is on the disk, and a volume for several instances is written
// beforehand.
func TestVolumeOfAType(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	client, err := pbm.NewClient(t.Context(), l.vc.Client().Client)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := client.QueryProfile(t.Context(), pbmtypes.PbmProfileResourceType{
		ResourceType: string(pbmtypes.PbmProfileResourceTypeEnumSTORAGE)}, string(pbmtypes.PbmProfileCategoryEnumREQUIREMENT))
	if err != nil {
		t.Fatal(err)
	}
	policies, err := client.RetrieveContent(t.Context(), ids)
	if err != nil || len(policies) == 0 {
		t.Fatal(policies, err)
	}
	r := data("data", 1)
	r.Type, r.Multiattach = policies[0].GetPbmProfile().Name, true
	v := l.must(l.Volumes.Create(t.Context(), r))
	read := l.must(l.Volumes.Read(t.Context(), v.ID))
	backing := l.disk(v.ID).Backing.(*types.BaseConfigInfoDiskFileBackingInfo)
	if read.Type != r.Type || !read.Multiattach || backing.ProvisioningType != "eagerZeroedThick" {
		t.Errorf("read %+v, on %+v", read, backing)
	}
}

// TestVolumePrivileges: a volume's life needs three privileges, and an account that lacks one is told which.
func TestVolumePrivileges(t *testing.T) {
	t.Parallel()
	needs := []privileges.Granted{{On: privileges.Datastores, Privilege: "Datastore.AllocateSpace"},
		{On: privileges.Datastores, Privilege: "Datastore.FileManagement"}, {On: privileges.Root, Privilege: "Cns.Searchable"}}
	for i := -1; i < len(needs); i++ {
		granted := slices.Clone(needs)
		if i >= 0 {
			granted = slices.Delete(granted, i, i+1)
		}
		vc := acctest.Start(t, vcsim.Options{})
		c := restricted(t, vc, granted...)
		v, err := c.Volumes.Create(t.Context(), data("data", 1))
		if err == nil {
			want := v.VolumeSpec
			want.Name, want.Size, want.Description = "data-2", 2, ""
			_, err = c.Volumes.Update(t.Context(), v.ID, volumes.Change{VolumeSpec: want})
		}
		if err == nil {
			err = c.Volumes.Delete(t.Context(), v.ID)
		}
		if i < 0 && err != nil {
			t.Errorf("with all of them: %v", err)
		}
		if i >= 0 {
			refusedAs(t, err, needs[i].Privilege)
		}
	}
}

// TestVolumeAfterALostSession: the endpoint that finds disks has its session from the vCenter, which is renewed for both.
func TestVolumeAfterALostSession(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	v := l.create("data", 1)
	for name, act := range map[string]func() error{
		"read": func() error { _, err := l.Volumes.Read(t.Context(), v.ID); return err },
		"update": func() error {
			_, err := l.Volumes.Update(t.Context(), v.ID, volumes.Change{VolumeSpec: renamed(v)})
			return err
		},
		"list": func() error { _, err := l.Volumes.List(t.Context()); return err },
	} {
		l.vc.ExpireSessions()
		l.wire.Take()
		err := act()
		if calls, _ := l.wire.Take(); err != nil || calls["Login"] != 1 {
			t.Errorf("%s: %v, calls %v", name, err, calls)
		}
	}
}

func renamed(v openstack.Volume) openstack.VolumeSpec {
	v.Name += "-2"
	return v.VolumeSpec
}
