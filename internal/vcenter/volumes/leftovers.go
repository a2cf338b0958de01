// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Leftovers are volumes that an apply that was killed may have left in the place of one that is to be made: of the same name and size, made
// by the same, which nobody has and which this process has neither made nor read. Another configuration may hold them as well: equal
// volumes are usual, so that none is taken over. The volumes are listed once for a process, before its first creation.
func (v *Volumes) Leftovers(ctx context.Context, spec openstack.VolumeSpec) ([]openstack.Volume, error) {
	earlier, err := v.before.Get(func() ([]openstack.Volume, error) { return v.List(ctx) })
	if err != nil {
		return nil, err
	}
	by := v.records.Mark("").By
	var found []openstack.Volume
	for _, one := range earlier {
		if _, seen := v.seen.Load(one.ID); seen || spec.Name == "" || one.Name != spec.Name || one.Size != spec.Size || one.Mark.By != by {
			continue
		}
		held, err := v.Attachments(ctx, one.ID)
		if err != nil {
			return nil, err
		}
		if len(held) == 0 {
			found = append(found, one)
		}
	}
	return found, nil
}
