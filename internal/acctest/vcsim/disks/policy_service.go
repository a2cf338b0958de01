// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/pbm/methods"
	pbm "github.com/vmware/govmomi/pbm/simulator"
	"github.com/vmware/govmomi/pbm/types"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	vim "github.com/vmware/govmomi/vim25/types"
)

var (
	policyManager   = vim.ManagedObjectReference{Type: "PbmProfileProfileManager", Value: "ProfileManager"}
	placementSolver = vim.ManagedObjectReference{Type: "PbmPlacementSolver", Value: "placementSolver"}
)

// answerPolicies has the endpoint for storage policies answer what the simulator does not know: which policies disks have, and which
// datastores satisfy a policy.
func (d *Disks) answerPolicies() {
	d.policies.Put(&policyService{ProfileManager: d.policies.Get(policyManager).(*pbm.ProfileManager), disks: d})
	d.policies.Put(&placementService{PlacementSolver: d.policies.Get(placementSolver).(*pbm.PlacementSolver), disks: d})
}

// isPolicy reports whether there is a storage policy of an id.
func (d *Disks) isPolicy(id string) bool {
	manager := d.policies.Get(policyManager).(*policyService)
	body := manager.PbmRetrieveContent(&types.PbmRetrieveContent{ProfileIds: []types.PbmProfileId{{UniqueId: id}}})
	return body.Fault() == nil
}

// Satisfy has nothing but some datastores satisfy a policy. Every datastore does as long as nobody says so.
func (d *Disks) Satisfy(policy string, stores []vim.ManagedObjectReference) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.satisfying[policy] = append([]vim.ManagedObjectReference{}, stores...)
}

// satisfies reports whether a datastore satisfies a policy.
func (d *Disks) satisfies(policy string, store vim.ManagedObjectReference) bool {
	stores, limited := d.satisfying[policy]
	return !limited || slices.Contains(stores, store)
}

// policyService is the manager of storage policies.
type policyService struct {
	*pbm.ProfileManager
	disks *Disks
}

// PbmQueryAssociatedProfile gives the policies of a disk.
func (p *policyService) PbmQueryAssociatedProfile(req *types.PbmQueryAssociatedProfile) soap.HasFault {
	body := new(methods.PbmQueryAssociatedProfileBody)
	ids, fault := p.associated(req.Entity)
	if fault != nil {
		body.Fault_ = simulator.Fault("", fault)
		return body
	}
	body.Res = &types.PbmQueryAssociatedProfileResponse{Returnval: ids}
	return body
}

// PbmQueryAssociatedProfiles gives the policies of several disks. An unknown one has a fault of its own.
func (p *policyService) PbmQueryAssociatedProfiles(req *types.PbmQueryAssociatedProfiles) soap.HasFault {
	res := new(types.PbmQueryAssociatedProfilesResponse)
	for _, entity := range req.Entities {
		one := types.PbmQueryProfileResult{Object: entity}
		ids, fault := p.associated(entity)
		if fault != nil {
			one.Fault = &vim.LocalizedMethodFault{Fault: fault}
		}
		one.ProfileId = ids
		res.Returnval = append(res.Returnval, one)
	}
	return &methods.PbmQueryAssociatedProfilesBody{Res: res}
}

// associated are the policies of a disk: a first class disk is named by its id, and every disk of a machine by the machine and the key of
// its device. Other objects have none.
func (p *policyService) associated(entity types.PbmServerObjectRef) (ids []types.PbmProfileId, fault vim.BaseMethodFault) {
	p.disks.mu.Lock()
	defer p.disks.mu.Unlock()
	found := p.disks.all[entity.Key]
	switch types.PbmObjectType(entity.ObjectType) {
	case types.PbmObjectTypeVirtualDiskUUID:
		if found == nil {
			return nil, &vim.InvalidArgument{InvalidProperty: "entity"}
		}
	case types.PbmObjectTypeVirtualDiskId:
		machine, key, _ := strings.Cut(entity.Key, ":")
		if found = p.disks.byPlace(machine, key); found == nil {
			return profileIDs(p.disks.ordinary[entity.Key]), nil
		}
	default:
		found = nil
	}
	if found == nil {
		return nil, nil
	}
	return profileIDs(found.policies), nil
}

func profileIDs(policies []string) (ids []types.PbmProfileId) {
	for _, id := range policies {
		ids = append(ids, types.PbmProfileId{UniqueId: id})
	}
	return ids
}

// placementService tells where a policy can be satisfied.
type placementService struct {
	*pbm.PlacementSolver
	disks *Disks
}

// PbmCheckRequirements looks at each datastore. One that does not do is answered with an error, as a vCenter does.
func (p *placementService) PbmCheckRequirements(ctx *simulator.Context, req *types.PbmCheckRequirements) soap.HasFault {
	body := p.PlacementSolver.PbmCheckRequirements(ctx, req)
	p.disks.mu.Lock()
	defer p.disks.mu.Unlock()
	answered, ok := body.(*methods.PbmCheckRequirementsBody)
	if !ok || answered.Res == nil {
		return body
	}
	for i := range answered.Res.Returnval {
		result := &answered.Res.Returnval[i]
		store := vim.ManagedObjectReference{Type: result.Hub.HubType, Value: result.Hub.HubId}
		for _, requirement := range req.PlacementSubjectRequirement {
			policy, ok := requirement.(*types.PbmPlacementCapabilityProfileRequirement)
			if ok && !p.disks.satisfies(policy.ProfileId.UniqueId, store) {
				result.Error = append(result.Error, vim.LocalizedMethodFault{Fault: &types.PbmCompatibilityCheckFault{Hub: result.Hub}})
			}
		}
	}
	return body
}
