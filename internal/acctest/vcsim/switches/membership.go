// SPDX-License-Identifier: MPL-2.0

package switches

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// ReconfigureDvsTask changes private VLANs, which hosts are members of a switch, and with which adapters, where the caller has seen its
// newest version: all of it or nothing. An adapter has one switch, and a host whose machines or vmkernel interfaces use a switch stays on
// it. The simulator looks at no version, knows no adapters and does not let a member change.
func (s *switchRules) ReconfigureDvsTask(ctx *simulator.Context, req *types.ReconfigureDvs_Task) soap.HasFault {
	dvs := base.Get[*simulator.DistributedVirtualSwitch](ctx, req.This)
	spec := req.Spec.GetDVSConfigSpec()
	task := s.Unlocked(ctx, dvs, "reconfigureDvs", func() (_ types.AnyType, fault types.BaseMethodFault) {
		ctx.WithLock(dvs, func() {
			config := dvs.Config.GetDVSConfigInfo()
			if spec.ConfigVersion != "" && spec.ConfigVersion != config.ConfigVersion {
				fault = &types.ConcurrentAccess{}
				return
			}
			if fault = changeMembers(ctx, dvs, spec.Host); fault == nil {
				changePrivateVLANs(dvs, req.Spec)
				version, _ := strconv.Atoi(config.ConfigVersion)
				config.ConfigVersion = strconv.Itoa(version + 1)
			}
		})
		return nil, fault
	})
	return &methods.ReconfigureDvs_TaskBody{Res: &types.ReconfigureDvs_TaskResponse{Returnval: task}}
}

// changeMembers changes a switch that is locked.
func changeMembers(ctx *simulator.Context, dvs *simulator.DistributedVirtualSwitch,
	specs []types.DistributedVirtualSwitchHostMemberConfigSpec) types.BaseMethodFault {
	var pass []types.DistributedVirtualSwitchHostMemberConfigSpec
	for _, member := range specs {
		host := base.Get[*simulator.HostSystem](ctx, member.Host)
		if fault := checkMember(ctx, dvs, host, member); fault != nil {
			return fault
		}
		if member.Operation != string(types.ConfigSpecOperationEdit) {
			pass = append(pass, member)
		}
	}
	if len(pass) > 0 {
		req := &types.ReconfigureDvs_Task{This: dvs.Self, Spec: &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Host: pass}}}
		if _, fault := base.Wait(ctx, base.TaskOf(dvs.ReconfigureDvsTask(ctx, req))); fault != nil {
			return fault
		}
	}
	for _, member := range specs {
		NoteMember(ctx, dvs, base.Get[*simulator.HostSystem](ctx, member.Host), member)
	}
	return nil
}

// checkMember refuses a change of one member.
func checkMember(ctx *simulator.Context, dvs *simulator.DistributedVirtualSwitch, host *simulator.HostSystem,
	member types.DistributedVirtualSwitchHostMemberConfigSpec) (fault types.BaseMethodFault) {
	isMember := slices.Contains(dvs.Summary.HostMember, host.Self)
	adds := member.Operation == string(types.ConfigSpecOperationAdd)
	if adds && isMember {
		return &types.AlreadyExists{Name: host.Name}
	}
	if !adds && !isMember {
		return &types.InvalidArgument{InvalidProperty: "spec.host"}
	}
	ctx.WithLock(host, func() {
		if !adds {
			for _, vmk := range host.Config.Network.Vnic {
				left := member.Operation == string(types.ConfigSpecOperationRemove) || len(uplinksOf(member)) == 0
				if port := vmk.Spec.DistributedVirtualPort; port != nil && port.SwitchUuid == dvs.Uuid && left {
					fault = &types.ResourceInUse{Type: "HostVirtualNic", Name: vmk.Device}
				}
			}
		}
		for _, device := range uplinksOf(member) {
			if fault == nil {
				fault = checkAdapter(host, dvs.Uuid, device)
			}
		}
	})
	return fault
}

// NoteMember writes on a host which adapters it has on a switch, and takes the switch's portgroups off one that has left.
func NoteMember(ctx *simulator.Context, dvs *simulator.DistributedVirtualSwitch, host *simulator.HostSystem,
	member types.DistributedVirtualSwitchHostMemberConfigSpec) {
	left := member.Operation == string(types.ConfigSpecOperationRemove)
	ctx.WithLock(host, func() {
		network := *host.Config.Network
		network.ProxySwitch = slices.DeleteFunc(slices.Clone(network.ProxySwitch),
			func(p types.HostProxySwitch) bool { return p.DvsUuid == dvs.Uuid })
		if !left {
			proxy := types.HostProxySwitch{DvsUuid: dvs.Uuid, DvsName: dvs.Name, Key: "key-vim.host.ProxySwitch-" +
				strings.ReplaceAll(dvs.Name, " ", "-"), Spec: types.HostProxySwitchSpec{Backing: member.Backing}}
			for _, device := range uplinksOf(member) {
				proxy.Pnic = append(proxy.Pnic, AdapterKey+device)
			}
			network.ProxySwitch = append(network.ProxySwitch, proxy)
		} else {
			host.Network = slices.DeleteFunc(slices.Clone(host.Network),
				func(ref types.ManagedObjectReference) bool { return slices.Contains(dvs.Portgroup, ref) })
		}
		host.Config.Network = &network
	})
	if !left {
		return
	}
	for _, ref := range dvs.Portgroup {
		pg := base.Get[*simulator.DistributedVirtualPortgroup](ctx, ref)
		ctx.WithLock(pg, func() {
			pg.Host = slices.DeleteFunc(slices.Clone(pg.Host), func(ref types.ManagedObjectReference) bool { return ref == host.Self })
		})
	}
}
