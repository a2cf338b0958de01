package vcsim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// hostAdapters is how many physical adapters an ESX host has. The first carries the management, on a standard switch.
const hostAdapters = 4

const adapterKey = "key-vim.host.PhysicalNic-"

// cable gives a host as many adapters as every host has; the simulator's have two. The template's list is shared, and stays.
func cable(h *simulator.HostSystem) {
	h.Summary.Config.SslThumbprint = HostThumbprint(h.Name)
	network := h.Config.Network
	for i := len(network.Pnic); i < hostAdapters; i++ {
		pnic := network.Pnic[len(network.Pnic)-1]
		pnic.Device = fmt.Sprintf("vmnic%d", i)
		pnic.Key, pnic.Pci, pnic.Mac = adapterKey+pnic.Device, fmt.Sprintf("0000:0%d:00.0", i+2), fmt.Sprintf("00:0c:29:00:00:%02x", i)
		network.Pnic = append(slices.Clone(network.Pnic), pnic)
	}
}

// ReconfigureDvsTask changes which hosts are members of a switch, and with which adapters, where the caller has seen its newest
// version: all of it or nothing. An adapter has one switch, and a host whose machines or vmkernel interfaces use a switch stays on
// it. The simulator looks at no version, knows no adapters and does not let a member change.
func (s *switchRules) ReconfigureDvsTask(ctx *simulator.Context, req *types.ReconfigureDvs_Task) soap.HasFault {
	dvs := get[*simulator.DistributedVirtualSwitch](ctx, req.This)
	spec := req.Spec.GetDVSConfigSpec()
	task := s.unlocked(ctx, dvs, "reconfigureDvs", func() (_ types.AnyType, fault types.BaseMethodFault) {
		ctx.WithLock(dvs, func() {
			config := dvs.Config.GetDVSConfigInfo()
			if spec.ConfigVersion != "" && spec.ConfigVersion != config.ConfigVersion {
				fault = &types.ConcurrentAccess{}
				return
			}
			if fault = changeMembers(ctx, dvs, spec.Host); fault == nil {
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
		host := get[*simulator.HostSystem](ctx, member.Host)
		if fault := joinable(ctx, dvs, host, member); fault != nil {
			return fault
		}
		if member.Operation != string(types.ConfigSpecOperationEdit) {
			pass = append(pass, member)
		}
	}
	if len(pass) > 0 {
		req := &types.ReconfigureDvs_Task{This: dvs.Self, Spec: &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Host: pass}}}
		if _, fault := wait(ctx, taskOf(dvs.ReconfigureDvsTask(ctx, req))); fault != nil {
			return fault
		}
	}
	for _, member := range specs {
		enlist(ctx, dvs, get[*simulator.HostSystem](ctx, member.Host), member)
	}
	return nil
}

// joinable is what speaks against a change of one member.
func joinable(ctx *simulator.Context, dvs *simulator.DistributedVirtualSwitch, host *simulator.HostSystem,
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
				fault = adapterFree(host, dvs.Uuid, device)
			}
		}
	})
	return fault
}

// adapterFree is the fault where a host has no such adapter, or another switch has it.
func adapterFree(host *simulator.HostSystem, dvs, device string) types.BaseMethodFault {
	network := host.Config.Network
	if !slices.ContainsFunc(network.Pnic, func(p types.PhysicalNic) bool { return p.Device == device }) {
		return &types.InvalidArgument{InvalidProperty: "spec.host.backing.pnicSpec.pnicDevice"}
	}
	for _, standard := range network.Vswitch {
		if slices.Contains(standard.Pnic, adapterKey+device) {
			return &types.ResourceInUse{Type: "PhysicalNic", Name: device}
		}
	}
	for _, proxy := range network.ProxySwitch {
		if proxy.DvsUuid != dvs && slices.Contains(proxy.Pnic, adapterKey+device) {
			return &types.ResourceInUse{Type: "PhysicalNic", Name: device}
		}
	}
	return nil
}

func uplinksOf(member types.DistributedVirtualSwitchHostMemberConfigSpec) (devices []string) {
	if backing, ok := member.Backing.(*types.DistributedVirtualSwitchHostMemberPnicBacking); ok {
		for _, pnic := range backing.PnicSpec {
			devices = append(devices, pnic.PnicDevice)
		}
	}
	return devices
}

// enlist writes on a host which adapters it has on a switch, and takes the switch's portgroups off one that has left.
func enlist(ctx *simulator.Context, dvs *simulator.DistributedVirtualSwitch, host *simulator.HostSystem,
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
				proxy.Pnic = append(proxy.Pnic, adapterKey+device)
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
		pg := get[*simulator.DistributedVirtualPortgroup](ctx, ref)
		ctx.WithLock(pg, func() {
			pg.Host = slices.DeleteFunc(slices.Clone(pg.Host), func(ref types.ManagedObjectReference) bool { return ref == host.Self })
		})
	}
}

// datacenterRules are those of Datacenter.
type datacenterRules struct {
	ruled
	*rules
}

// QueryConnectionInfo looks at a host that is to be added as adding it does. The simulator has no such method.
func (d *datacenterRules) QueryConnectionInfo(ctx *simulator.Context, req *types.QueryConnectionInfo) soap.HasFault {
	body := new(methods.QueryConnectionInfoBody)
	fault := connect(types.HostConnectSpec{HostName: req.Hostname, UserName: req.Username, Password: req.Password,
		SslThumbprint: req.SslThumbprint})
	if fault == nil {
		fault = known(ctx, req.Hostname, types.ManagedObjectReference{})
	}
	if fault != nil {
		body.Fault_ = simulator.Fault("", fault)
		return body
	}
	body.Res = &types.QueryConnectionInfoResponse{
		Returnval: types.HostConnectInfo{Host: types.HostListSummary{Config: types.HostConfigSummary{Name: req.Hostname}}}}
	return body
}
