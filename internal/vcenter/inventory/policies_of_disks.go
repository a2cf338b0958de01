// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"context"
	"slices"

	"github.com/vmware/govmomi/pbm"
	"github.com/vmware/govmomi/pbm/methods"
	pbmtypes "github.com/vmware/govmomi/pbm/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// OfDisks returns the names of the storage policies that first class disks have, by the disks' ids, with one query. The name is empty for
// a disk without a policy. A disk that the vCenter does not answer for is left out.
func (p *Policies) OfDisks(ctx context.Context, ids []string) (map[string]string, error) {
	client, err := p.client(ctx)
	if err != nil {
		return nil, err
	}
	req := &pbmtypes.PbmQueryAssociatedProfiles{This: client.ServiceContent.ProfileManager}
	for _, id := range ids {
		req.Entities = append(req.Entities, pbmtypes.PbmServerObjectRef{ObjectType: string(pbmtypes.PbmObjectTypeVirtualDiskUUID), Key: id})
	}
	res, err := methods.PbmQueryAssociatedProfiles(ctx, client, req)
	if err != nil {
		return nil, faults.Explain("asking for the storage policies of disks", err)
	}
	names, err := p.namesOf(ctx, client, res.Returnval)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, found := range res.Returnval {
		if found.Fault != nil {
			continue
		}
		if out[found.Object.Key] = ""; len(found.ProfileId) > 0 {
			out[found.Object.Key] = names[found.ProfileId[0].UniqueId]
		}
	}
	return out, nil
}

// namesOf returns the names of the policies in an answer by their ids, as far as they exist.
func (p *Policies) namesOf(ctx context.Context, client *pbm.Client, answered []pbmtypes.PbmQueryProfileResult) (map[string]string, error) {
	all, known := p.types.Known()
	if !known {
		var ids []pbmtypes.PbmProfileId
		for _, found := range answered {
			if len(found.ProfileId) > 0 && !slices.Contains(ids, found.ProfileId[0]) {
				ids = append(ids, found.ProfileId[0])
			}
		}
		if len(ids) == 0 {
			return nil, nil
		}
		var err error
		if all, err = policiesOf(ctx, client, ids); err != nil {
			return nil, err
		}
	}
	names := make(map[string]string, len(all))
	for _, policy := range all {
		names[policy.ID] = policy.Name
	}
	return names, nil
}
