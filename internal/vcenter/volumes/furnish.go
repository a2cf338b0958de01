// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes/metadata"
)

// unnamedPrefix begins the name of a disk that was made by a call that takes no metadata, until its record is written: a killed creation
// is known by that name alone.
const unnamedPrefix = "novasphere-"

// begun finds what a killed creation with a mark has made, whether it has its record or only the name that the mark tells. A mark that is
// chosen now has made nothing.
func (v *Volumes) begun(ctx context.Context, markID string) (located, bool, error) {
	if markID == "" {
		return located{}, false, nil
	}
	if found, ok, err := v.byMark(markID)(ctx); ok || err != nil {
		return found, ok, err
	}
	return v.byName(unnamedPrefix + markID)(ctx)
}

// ByMark returns the id of the volume that a creation with a mark has made or begun; empty: there is none.
func (v *Volumes) ByMark(ctx context.Context, markID string) (string, error) {
	found, _, err := v.begun(ctx, markID)
	return found.ID, err
}

// furnish gives a disk whose creation took no metadata what it still lacks: its record, its storage policy (empty: none is to be set), its
// flag, its size, and its own name last.
func (v *Volumes) furnish(ctx context.Context, made located, want openstack.Volume, policy string) (openstack.Volume, error) {
	if err := v.writeRecord(ctx, made, want); err != nil {
		return made.Volume, err
	}
	if policy != "" {
		if err := v.retypeDetached(ctx, made, place{policy: policy}); err != nil {
			return made.Volume, err
		}
	}
	out, err := v.finish(ctx, made, want.Size)
	if made.Volume = out; err != nil {
		return out, err
	}
	if made.Name != want.Name {
		if err := v.rename(ctx, made, diskName(want)); err != nil {
			return out, err
		}
	}
	furnished, err := v.locate(ctx, made.ID)
	if err != nil {
		return out, err
	}
	furnished.Kept = out.Kept // as it was read back
	return furnished.Volume, nil
}

// writeRecord writes what a disk's metadata lack of a record.
func (v *Volumes) writeRecord(ctx context.Context, d located, want openstack.Volume) error {
	set, _ := metadata.Difference(d.metadata, metadata.Encode(want))
	if len(set) == 0 {
		return nil
	}
	return v.writeMetadata(ctx, d, set, nil)
}
