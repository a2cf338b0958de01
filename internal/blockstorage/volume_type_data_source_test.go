// SPDX-License-Identifier: MPL-2.0

package blockstorage_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmware/govmomi/find"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestVolumeTypeFound: a storage policy, with the datastores that satisfy it.
func TestVolumeTypeFound(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	found := l.ask("volume_type", map[string]any{"name": "vSAN Default Storage Policy"})
	id := word(l, found["id"])
	if all := list(l, found["datastores"]); len(all) < 2 || fmt.Sprint(list(l, found["availability_zones"])) != "[nova]" {
		t.Errorf("found %v", found)
	}
	var specs map[string]tftypes.Value
	if err := found["extra_specs"].As(&specs); err != nil || word(l, specs["vmware:storage_profile"]) != "vSAN Default Storage Policy" ||
		word(l, specs["VSAN.hostFailuresToTolerate"]) != "1" {
		t.Errorf("it asks for %v, %v", specs, err)
	}
	store, err := find.NewFinder(l.vc.Client().Client).Datastore(t.Context(), l.vc.Datacenter(1)+"/datastore/vmfs-2")
	if err != nil {
		t.Fatal(err)
	}
	l.vc.Satisfy(id, store.Reference())
	fresh := &lab{t, l.vc, l.vc.Provider(t, nil)}
	if found := fresh.ask("volume_type", map[string]any{"volume_type_id": id}); fmt.Sprint(list(l, found["datastores"])) != "[vmfs-2]" ||
		word(l, found["name"]) != "vSAN Default Storage Policy" {
		t.Errorf("found %v", found)
	}
	l.vc.Satisfy(id)
	fresh = &lab{t, l.vc, l.vc.Provider(t, nil)}
	if found := fresh.ask("volume_type", map[string]any{"volume_type_id": id}); len(list(l, found["datastores"])) != 0 ||
		len(list(l, found["availability_zones"])) != 0 {
		t.Errorf("found %v", found)
	}
	l.fails("volume_type", map[string]any{"name": "platinum"}, `has no storage policy "platinum": it has "`)
	l.fails("volume_type", map[string]any{}, "At least one of these attributes")
}
