// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/guests"
)

// CustomizeVMTask refuses what a real server refuses, a clone's customization included, and keeps what the simulator drops: masks,
// gateways, IPv6, and which NIC a MAC means. A globalIPSettings that is missing cannot be told from an empty one.
func (m *machineRules) CustomizeVMTask(ctx *simulator.Context, req *types.CustomizeVM_Task) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	unlock := ctx.Map.AcquireLock(ctx, vm)
	defer unlock()
	if fault := checkCustomization(&vm.VirtualMachine, req.Spec); fault != nil {
		return &methods.CustomizeVM_TaskBody{Res: &types.CustomizeVM_TaskResponse{
			Returnval: base.Failed(ctx, vm, "customizeVm", fault),
		}}
	}
	spec := inDeviceOrder(&vm.VirtualMachine, req.Spec)
	if _, metadata := spec.Identity.(*types.CustomizationCloudinitPrep); !metadata {
		m.guests.PrepareCustomization(vm.Self, spec)
	}
	return vm.CustomizeVMTask(ctx, &types.CustomizeVM_Task{This: req.This, Spec: spec})
}

// inDeviceOrder is the specification with a setting for each NIC in turn, and without MACs: the simulator takes the n-th for the
// n-th NIC, and would give that the MAC.
func inDeviceOrder(vm *mo.VirtualMachine, spec types.CustomizationSpec) types.CustomizationSpec {
	var ordered []types.CustomizationAdapterMapping
	for i, card := range base.NICs(vm) {
		if i >= len(spec.NicSettingMap) {
			break
		}
		one := spec.NicSettingMap[i]
		for _, m := range spec.NicSettingMap {
			if m.MacAddress != "" && strings.EqualFold(m.MacAddress, card.MacAddress) {
				one = m
			}
		}
		one.MacAddress = ""
		ordered = append(ordered, one)
	}
	spec.NicSettingMap = ordered
	return spec
}

// checkCustomization is everything that can be said against a specification before the guest sees it.
func checkCustomization(vm *mo.VirtualMachine, spec types.CustomizationSpec) types.BaseMethodFault {
	switch {
	case vm.Config.Template:
		return new(types.NotSupported)
	case vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff:
		return &types.InvalidPowerState{RequestedState: types.VirtualMachinePowerStatePoweredOff, ExistingState: vm.Runtime.PowerState}
	case vm.Config.Tools != nil && vm.Config.Tools.PendingCustomization != "":
		return new(types.CustomizationPending)
	}
	if fault := checkIdentity(vm.Config.GuestId, spec); fault != nil {
		return fault
	}
	if _, metadata := spec.Identity.(*types.CustomizationCloudinitPrep); metadata {
		return nil
	}
	if !addresses(spec.GlobalIPSettings.DnsServerList) {
		return &types.InvalidArgument{InvalidProperty: "spec.globalIPSettings.dnsServerList"}
	}
	return checkAdapters(base.NICs(vm), spec.NicSettingMap)
}

// checkIdentity wants a preparation that suits the operating system.
func checkIdentity(guestID string, spec types.CustomizationSpec) types.BaseMethodFault {
	windows := strings.HasPrefix(guestID, "win")
	switch identity := spec.Identity.(type) {
	case *types.CustomizationLinuxPrep:
		_, other := spec.Options.(*types.CustomizationWinOptions)
		switch {
		case windows:
			return &types.UncustomizableGuest{UncustomizableGuestOS: guestID}
		case other:
			return &types.InvalidArgument{InvalidProperty: "spec.options"}
		case !legalName(identity.HostName):
			return &types.InvalidArgument{InvalidProperty: "spec.identity.hostName"}
		}
	case *types.CustomizationSysprep:
		if !windows {
			return &types.UncustomizableGuest{UncustomizableGuestOS: guestID}
		}
		return checkSysprep(identity, spec)
	case nil:
		return &types.InvalidArgument{InvalidProperty: "spec.identity"}
	}
	return nil
}

func checkSysprep(s *types.CustomizationSysprep, spec types.CustomizationSpec) types.BaseMethodFault {
	wrong := ""
	o, windows := spec.Options.(*types.CustomizationWinOptions)
	password, join := s.GuiUnattended.Password, s.Identification
	switch {
	case !windows, !o.ChangeSID: // since Vista
		wrong = "spec.options"
	case !legalName(s.UserData.ComputerName):
		wrong = "spec.identity.userData.computerName"
	case s.UserData.FullName == "" || s.UserData.OrgName == "":
		wrong = "spec.identity.userData"
	case password == nil && s.GuiUnattended.AutoLogon, password != nil && password.Value == "":
		wrong = "spec.identity.guiUnattended.password"
	case (join.JoinWorkgroup == "") == (join.JoinDomain == ""), join.JoinDomain != "" &&
		(join.DomainAdmin == "" || join.DomainAdminPassword == nil):
		wrong = "spec.identity.identification"
	case password != nil && !password.PlainText && len(spec.EncryptionKey) == 0:
		return new(types.CannotDecryptPasswords)
	}
	if wrong != "" {
		return &types.InvalidArgument{InvalidProperty: wrong}
	}
	return nil
}

var hostLabel = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)

// legalName reports whether a name has letters, digits and hyphens, and is not digits alone. One that the server makes is legal.
func legalName(name types.BaseCustomizationName) bool {
	fixed, ok := name.(*types.CustomizationFixedName)
	return name != nil && (!ok || hostLabel.MatchString(fixed.Name) && strings.Trim(fixed.Name, "0123456789") != "")
}

// checkAdapters wants one setting for each NIC, by its MAC where any is named.
func checkAdapters(cards []*types.VirtualEthernetCard, settings []types.CustomizationAdapterMapping) types.BaseMethodFault {
	if len(cards) != len(settings) {
		return &types.NicSettingMismatch{NumberOfNicsInSpec: int32(len(settings)), NumberOfNicsInVM: int32(len(cards))}
	}
	seen := map[string]bool{}
	for _, s := range settings {
		mac := strings.ToLower(s.MacAddress)
		mine := slices.ContainsFunc(cards, func(c *types.VirtualEthernetCard) bool { return strings.EqualFold(c.MacAddress, mac) })
		if mac != "" && (!mine || seen[mac]) {
			return &types.InvalidArgument{InvalidProperty: "spec.nicSettingMap.macAddress"}
		}
		if seen[mac] = true; !legalAdapter(s.Adapter) {
			return &types.InvalidArgument{InvalidProperty: "spec.nicSettingMap.adapter"}
		}
	}
	return nil
}

// legalAdapter wants a mask with an address, and addresses that are some.
func legalAdapter(a types.CustomizationIPSettings) bool {
	switch ip := a.Ip.(type) {
	case nil, *types.CustomizationUnknownIpGenerator: // nobody can be asked
		return false
	case *types.CustomizationFixedIp:
		at, err := netip.ParseAddr(ip.IpAddress)
		if err != nil || !at.Is4() || guests.MaskBits(a.SubnetMask) == 0 {
			return false
		}
	}
	if six := a.IpV6Spec; six != nil {
		for _, generator := range six.Ip {
			fixed, ok := generator.(*types.CustomizationFixedIpV6)
			if ok && (!addresses([]string{fixed.IpAddress}) || fixed.SubnetMask < 1 || fixed.SubnetMask > 128) {
				return false
			}
		}
		if len(six.Ip) == 0 || !addresses(six.Gateway) {
			return false
		}
	}
	return addresses(a.Gateway) && addresses(a.DnsServerList)
}

func addresses(values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool {
		_, err := netip.ParseAddr(v)
		return err != nil
	})
}
