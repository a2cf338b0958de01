// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"testing"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/types"
)

func TestDisksAreReadByTheirIDs(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	m, _ := l.lookups()
	known := types.ID{Id: l.mustMake(l.spec("a", 3))}
	found, err := m.RetrieveObjects(l.ctx, []types.ID{{Id: uuid.NewString()}, known})
	l.ok(err)
	if len(found) != 2 || found[0].CapacityInMB != -1 || found[0].Error == nil || found[1].Name != "a" || found[1].Error != nil {
		t.Fatalf("found %+v", found)
	}
	if _, is := found[0].Error.Fault.(*types.NotFound); !is {
		t.Errorf("the unknown one is %T", found[0].Error.Fault)
	}
}
