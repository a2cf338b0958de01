// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vslm"
	"github.com/vmware/govmomi/vslm/methods"
	catalogue "github.com/vmware/govmomi/vslm/types"
)

// lookups is a client of the endpoint that needs no datastore.
func (l *diskLab) lookups() (*vslm.GlobalObjectManager, *vslm.Client) {
	l.Helper()
	c, err := vslm.NewClient(l.ctx, l.c.Client)
	l.ok(err)
	return vslm.NewGlobalObjectManager(c), c
}

func condition(field, operator, value string) catalogue.VslmVsoVStorageObjectQuerySpec {
	return catalogue.VslmVsoVStorageObjectQuerySpec{QueryField: field, QueryOperator: operator, QueryValue: []string{value}}
}

func TestDiskIsLookedUp(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	m, c := l.lookups()
	spec := l.spec("a", 3)
	spec.Metadata = []types.KeyValue{{Key: "novasphere.mark", Value: "x"}, {Key: "other", Value: "y"}}
	id := types.ID{Id: l.mustMake(spec)}
	o, err := m.Retrieve(l.ctx, id)
	l.ok(err)
	if o.Config.Name != "a" || o.Config.CapacityInMB != 3 || pathOf(o.Config) != pathOf(l.config(id.Id)) {
		t.Errorf("found %+v", o.Config)
	}
	_, err = m.Retrieve(l.ctx, types.ID{Id: uuid.NewString()})
	faults(t, err, &types.NotFound{})
	s := types.ID{Id: l.snapshot(id.Id, "s")}
	l.ok(l.setMetadata(id.Id, nil, []string{"novasphere.mark"}))
	for _, ask := range []struct {
		snapshot *types.ID
		prefix   string
		want     int
	}{{nil, "", 1}, {nil, "novasphere.", 0}, {&s, "novasphere.", 1}, {&s, "", 2}} {
		res, err := methods.VslmRetrieveVStorageObjectMetadata(l.ctx, c, &catalogue.VslmRetrieveVStorageObjectMetadata{
			This: m.Reference(), Id: id, SnapshotId: ask.snapshot, Prefix: ask.prefix})
		l.ok(err)
		if len(res.Returnval) != ask.want {
			t.Errorf("%+v: %v", ask, res.Returnval)
		}
	}
	_, err = m.RetrieveMetadata(l.ctx, types.ID{Id: "x"}, nil, "")
	faults(t, err, &types.NotFound{})
}

func TestDisksAreQueried(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	m, _ := l.lookups()
	for i := range 7 {
		spec := l.spec(fmt.Sprintf("disk-%d", i), int64(i+8))
		spec.Metadata = []types.KeyValue{{Key: "novasphere.mark", Value: fmt.Sprint(i % 2)}}
		l.mustMake(spec)
	}
	for name, c := range map[string]struct {
		query []catalogue.VslmVsoVStorageObjectQuerySpec
		want  int
	}{
		"all":     {nil, 7},
		"a name":  {[]catalogue.VslmVsoVStorageObjectQuerySpec{condition("name", "equals", "disk-3")}, 1},
		"numbers": {[]catalogue.VslmVsoVStorageObjectQuerySpec{condition("capacity", "lessThan", "10")}, 2},
		"a key":   {[]catalogue.VslmVsoVStorageObjectQuerySpec{condition("metadataKey", "startsWith", "nova")}, 7},
		"a value": {[]catalogue.VslmVsoVStorageObjectQuerySpec{condition("metadataValue", "equals", "0")}, 4},
		"two": {[]catalogue.VslmVsoVStorageObjectQuerySpec{condition("metadataValue", "equals", "0"),
			condition("name", "equals", "disk-1")}, 0},
		"datastore": {[]catalogue.VslmVsoVStorageObjectQuerySpec{condition("datastoreMoId", "equals", l.store.Reference().Value)}, 7},
		"another":   {[]catalogue.VslmVsoVStorageObjectQuerySpec{condition("datastoreMoId", "equals", l.other.Reference().Value)}, 0},
	} {
		res, err := m.ListObjectsForSpec(l.ctx, c.query, 100)
		l.ok(err)
		if len(res.QueryResults) != c.want || !res.AllRecordsReturned {
			t.Errorf("%s: %d, want %d", name, len(res.QueryResults), c.want)
		}
	}
	if r := l.page(m, 1)[0]; r.DiskPath == "" || r.DatastoreUrl == "" || len(r.Metadata) != 1 || r.CapacityInMB == 0 {
		t.Errorf("a result is %+v", r)
	}
	_, err := m.ListObjectsForSpec(l.ctx, []catalogue.VslmVsoVStorageObjectQuerySpec{condition("colour", "equals", "1")}, 1)
	faults(t, err, &types.InvalidArgument{})
}

// page asks for ids above the last one until there are no more.
func (l *diskLab) page(m *vslm.GlobalObjectManager, most int32) (all []catalogue.VslmVsoVStorageObjectResult) {
	l.Helper()
	var query []catalogue.VslmVsoVStorageObjectQuerySpec
	for {
		res, err := m.ListObjectsForSpec(l.ctx, query, most)
		l.ok(err)
		all = append(all, res.QueryResults...)
		if res.AllRecordsReturned {
			return all
		}
		query = []catalogue.VslmVsoVStorageObjectQuerySpec{condition("id", "greaterThan", res.Id[len(res.Id)-1].Id)}
	}
}

func TestDisksComeInPages(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	m, _ := l.lookups()
	for range 7 {
		l.mustMake(l.spec("a", 1))
	}
	for _, most := range []int32{1, 3, 7, 8} {
		seen := map[string]bool{}
		for _, r := range l.page(m, most) {
			seen[r.Id.Id] = true
		}
		if len(seen) != 7 {
			t.Errorf("by %d: %d disks", most, len(seen))
		}
	}
}

// TestDisksNeedPrivileges: an account without them is refused, by name.
func TestDisksNeedPrivileges(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	id := l.mustMake(l.spec("a", 1))
	l.v.AddUser("reader@vsphere.local", "secret")
	l.ok(l.c.Logout(l.ctx))
	l.ok(l.c.Login(l.ctx, url.UserPassword("reader@vsphere.local", "secret")))
	_, err := l.made(l.CreateDisk(l.ctx, l.spec("b", 1)))
	faults(t, err, &types.NoPermission{})
	_, err = l.Retrieve(l.ctx, l.store, id)
	faults(t, err, &types.NoPermission{})
	_, err = vslm.NewClient(l.ctx, l.c.Client)
	faults(t, err, &types.NoPermission{})
}
