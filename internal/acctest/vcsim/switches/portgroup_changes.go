// SPDX-License-Identifier: MPL-2.0

package switches

import (
	"slices"
	"strconv"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// AddDVPortgroupTask refuses VLANs and limits that there are not, and gives each new portgroup its first version.
func (s *switchRules) AddDVPortgroupTask(ctx *simulator.Context, req *types.AddDVPortgroup_Task) soap.HasFault {
	dvs := base.Get[*simulator.DistributedVirtualSwitch](ctx, req.This)
	for i := range req.Spec {
		if fault := wrongVLAN(req.Spec[i].DefaultPortConfig); fault != nil {
			return &methods.AddDVPortgroup_TaskBody{Res: &types.AddDVPortgroup_TaskResponse{Returnval: base.Failed(ctx, dvs, "addDVPortgroup",
				fault)}}
		}
		req.Spec[i].ConfigVersion = "1"
	}
	separateLists(ctx)
	unlock := ctx.Map.AcquireLock(ctx, dvs)
	defer unlock()
	return dvs.AddDVPortgroupTask(ctx, req)
}

func wrongVLAN(setting types.BaseDVPortSetting) types.BaseMethodFault {
	if property := wrongWires(setting); property != "" {
		return &types.InvalidArgument{InvalidProperty: "spec.defaultPortConfig." + property}
	}
	return nil
}

// ReconfigureDVPortgroupTask changes what the spec holds and leaves the rest, where the caller has seen the newest version, and where the
// portgroup is no segment of NSX. The simulator's own takes a spec for the whole, forgets what it does not hold, and looks at no version.
func (p *portgroupRules) ReconfigureDVPortgroupTask(ctx *simulator.Context, req *types.ReconfigureDVPortgroup_Task) soap.HasFault {
	pg := base.Get[*simulator.DistributedVirtualPortgroup](ctx, req.This)
	ref := simulator.CreateTask(pg, "reconfigureDvPortgroup", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		if fault := ofNSX(ctx, pg); fault != nil {
			return nil, fault
		}
		return nil, reconfigurePortgroup(ctx, pg, req.Spec)
	}).Run(ctx)
	return &methods.ReconfigureDVPortgroup_TaskBody{Res: &types.ReconfigureDVPortgroup_TaskResponse{Returnval: ref}}
}

func reconfigurePortgroup(ctx *simulator.Context, pg *simulator.DistributedVirtualPortgroup,
	spec types.DVPortgroupConfigSpec) types.BaseMethodFault {
	config := pg.Config
	if spec.ConfigVersion != "" && spec.ConfigVersion != config.ConfigVersion {
		return &types.ConcurrentAccess{}
	}
	if fault := wrongVLAN(spec.DefaultPortConfig); fault != nil {
		return fault
	}
	if spec.Name != "" && spec.Name != pg.Name {
		if fault := nameTaken(ctx, pg, spec.Name); fault != nil {
			return fault
		}
		config.Name = spec.Name
	}
	mergePortgroup(&config, spec)
	version, _ := strconv.Atoi(config.ConfigVersion)
	config.ConfigVersion = strconv.Itoa(version + 1)
	ctx.Update(pg, []types.PropertyChange{{Name: "config", Val: config}, {Name: "name", Val: config.Name}})
	pg.Entity().Name = config.Name
	return nil
}

// nameTaken is the fault where another network of the folder has the name.
func nameTaken(ctx *simulator.Context, pg *simulator.DistributedVirtualPortgroup, name string) types.BaseMethodFault {
	folder := base.Get[*simulator.Folder](ctx, *pg.Parent)
	if other := ctx.Map.FindByName(name, folder.ChildEntity); other != nil && other.Reference() != pg.Self {
		return &types.DuplicateName{Name: name, Object: other.Reference()}
	}
	return nil
}

func mergePortgroup(config *types.DVPortgroupConfigInfo, spec types.DVPortgroupConfigSpec) {
	if spec.Description != "" {
		config.Description = spec.Description
	}
	if spec.NumPorts != 0 {
		config.NumPorts = spec.NumPorts
	}
	if spec.AutoExpand != nil {
		config.AutoExpand = spec.AutoExpand
	}
	if spec.PortNameFormat != "" {
		config.PortNameFormat = spec.PortNameFormat
	}
	if spec.Type != "" {
		config.Type = spec.Type
	}
	if spec.Policy != nil {
		config.Policy = spec.Policy
	}
	if spec.DefaultPortConfig != nil {
		config.DefaultPortConfig = mergedSetting(config.DefaultPortConfig, spec.DefaultPortConfig)
	}
	for _, blob := range spec.VendorSpecificConfig {
		kept := slices.DeleteFunc(slices.Clone(config.VendorSpecificConfig),
			func(b types.DistributedVirtualSwitchKeyedOpaqueBlob) bool { return b.Key == blob.Key })
		config.VendorSpecificConfig = append(kept, blob)
	}
}

// mergedSetting is a setting with the policies of another on top.
func mergedSetting(have, change types.BaseDVPortSetting) types.BaseDVPortSetting {
	old, ok1 := have.(*types.VMwareDVSPortSetting)
	set, ok2 := change.(*types.VMwareDVSPortSetting)
	if !ok1 || !ok2 {
		return change
	}
	merged := *old
	for _, policy := range []struct {
		set   bool
		apply func()
	}{
		{set.Blocked != nil, func() { merged.Blocked = set.Blocked }},
		{set.Vlan != nil, func() { merged.Vlan = set.Vlan }},
		{set.SecurityPolicy != nil, func() { merged.SecurityPolicy = set.SecurityPolicy }},
		{set.MacManagementPolicy != nil, func() { merged.MacManagementPolicy = set.MacManagementPolicy }},
		{set.FilterPolicy != nil, func() { merged.FilterPolicy = set.FilterPolicy }},
		{set.InShapingPolicy != nil, func() { merged.InShapingPolicy = set.InShapingPolicy }},
		{set.OutShapingPolicy != nil, func() { merged.OutShapingPolicy = set.OutShapingPolicy }},
		{set.UplinkTeamingPolicy != nil, func() { merged.UplinkTeamingPolicy = set.UplinkTeamingPolicy }},
		{set.IpfixEnabled != nil, func() { merged.IpfixEnabled = set.IpfixEnabled }},
		{set.LacpPolicy != nil, func() { merged.LacpPolicy = set.LacpPolicy }},
		{set.VendorSpecificConfig != nil, func() { merged.VendorSpecificConfig = set.VendorSpecificConfig }},
	} {
		if policy.set {
			policy.apply()
		}
	}
	return &merged
}
