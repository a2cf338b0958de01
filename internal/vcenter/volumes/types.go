// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// TypeOf is the storage policy that the disk of a volume has now, asked for together with those of others. A volume that was made without a
// type is not asked about, and where the vCenter does not answer, the recorded one counts: reading policies takes a privilege of its own.
func (v *Volumes) TypeOf(ctx context.Context, of openstack.Volume) string {
	if of.Type == "" && of.Mark != nil {
		return ""
	}
	found, err := v.kinds.Ask(ctx, of)
	if err != nil {
		return of.Type
	}
	return found
}

// typesTogether asks for the policies of some volumes, and with the same query for those of all that the last listing knows.
func (v *Volumes) typesTogether(ctx context.Context, of []openstack.Volume) []wire.Outcome[string] {
	ids := make([]string, len(of))
	for i, one := range of {
		ids[i] = one.ID
	}
	found, kept := v.types.kept(ids)
	if !kept {
		var err error
		found, err = v.types.read(ids, func() (map[string]string, error) {
			all := append([]string{}, ids...)
			for id, one := range v.marked.known() {
				if one.Type != "" {
					all = append(all, id)
				}
			}
			return v.inventory.Policies.OfDisks(ctx, without(all, map[string]string{}))
		})
		if err != nil {
			return wire.AllFailed[string](len(of), err)
		}
	}
	out := make([]wire.Outcome[string], len(of))
	for i, id := range ids {
		if name, answered := found[id]; answered {
			out[i].Value = name
		} else {
			out[i].Value = of[i].Type
		}
	}
	return out
}
