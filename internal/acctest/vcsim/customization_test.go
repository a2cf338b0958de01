// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"slices"
	"testing"

	"github.com/vmware/govmomi/vim25/types"
)

// linuxSpec customizes the one NIC of addressed.
func linuxSpec(change func(*types.CustomizationSpec, *types.CustomizationLinuxPrep,
	*types.CustomizationIPSettings)) *types.CustomizationSpec {
	prep := &types.CustomizationLinuxPrep{HostName: &types.CustomizationFixedName{Name: "web"}, Domain: "example.org", HwClockUTC: yes()}
	spec := &types.CustomizationSpec{
		Options: &types.CustomizationLinuxOptions{}, Identity: prep,
		GlobalIPSettings: types.CustomizationGlobalIPSettings{DnsServerList: []string{"192.0.2.1"}, DnsSuffixList: []string{"example.org"}},
		NicSettingMap: []types.CustomizationAdapterMapping{{MacAddress: testMAC, Adapter: types.CustomizationIPSettings{
			Ip: &types.CustomizationFixedIp{IpAddress: "192.0.2.9"}, SubnetMask: "255.255.255.192", Gateway: []string{"192.0.2.1"},
			IpV6Spec: &types.CustomizationIPSettingsIpV6AddressSpec{
				Ip: []types.BaseCustomizationIpV6Generator{&types.CustomizationFixedIpV6{IpAddress: "2001:db8::9", SubnetMask: 64}}},
		}}},
	}
	if change != nil {
		change(spec, prep, &spec.NicSettingMap[0].Adapter)
	}
	return spec
}

// windowsSpec is the same for Windows.
func windowsSpec(change func(*types.CustomizationSpec, *types.CustomizationSysprep)) *types.CustomizationSpec {
	prep := &types.CustomizationSysprep{
		GuiUnattended: types.CustomizationGuiUnattended{Password: &types.CustomizationPassword{Value: "x", PlainText: true}},
		UserData: types.CustomizationUserData{FullName: "a", OrgName: "b",
			ComputerName: &types.CustomizationFixedName{Name: "web-frontend-number-1"}},
		Identification: types.CustomizationIdentification{JoinWorkgroup: "WORKGROUP"},
	}
	spec := linuxSpec(nil)
	spec.Options, spec.Identity = &types.CustomizationWinOptions{ChangeSID: true}, prep
	if change != nil {
		change(spec, prep)
	}
	return spec
}

func customizedBy(spec *types.CustomizationSpec) func(*types.VirtualMachineCloneSpec) {
	return func(s *types.VirtualMachineCloneSpec) { s.Customization = spec }
}

// A guest without cloud-init shows what its customization says, by MAC, from its first start on; one with cloud-init believes
// guestinfo before that.
func TestCustomizedAddresses(t *testing.T) {
	t.Parallel()
	l := strict(t)
	told := []string{"guestinfo.metadata", `{"local-hostname":"told","network":` + testNetwork + `}`}
	second := &types.VirtualDeviceConfigSpec{Operation: "add",
		Device: &types.VirtualVmxnet3{VirtualVmxnet: types.VirtualVmxnet{VirtualEthernetCard: types.VirtualEthernetCard{
			VirtualDevice: types.VirtualDevice{Key: -9, Backing: l.network("public")}, MacAddress: "00:50:56:01:02:04", AddressType: "manual"}}}}
	spec := linuxSpec(func(s *types.CustomizationSpec, _ *types.CustomizationLinuxPrep, _ *types.CustomizationIPSettings) {
		other := types.CustomizationAdapterMapping{MacAddress: "00:50:56:01:02:04",
			Adapter: types.CustomizationIPSettings{Ip: &types.CustomizationDhcpIpGenerator{}}}
		s.NicSettingMap = append([]types.CustomizationAdapterMapping{other}, s.NicSettingMap...) // not in the order of the NICs
	})
	config := l.addressed(append([]string{PlainGuest, "TRUE"}, told...)...)
	config.DeviceChange = append(config.DeviceChange, second)
	vm := l.mustClone("a", config, customizedBy(spec))
	if see := l.see(vm); see.Config.Tools.PendingCustomization == "" || see.Guest.IpAddress != "" {
		t.Errorf("before it starts: %+v, %s", see.Config.Tools, see.Guest.IpAddress)
	}
	for range 2 { // and once more after a stop
		_, err := l.task(vm.PowerOn(l.ctx))
		l.ok(err)
		see := l.see(vm)
		g := see.Guest
		if g.HostName != "web" || g.IpAddress != "192.0.2.9" || g.CustomizationInfo.CustomizationStatus != "TOOLSDEPLOYPKG_SUCCEEDED" ||
			see.Config.Tools.PendingCustomization != "" {
			t.Fatalf("%s, %s, %+v", g.HostName, g.IpAddress, g.CustomizationInfo)
		}
		n := g.Net[0]
		if n.MacAddress != testMAC || !slices.Equal(n.IpAddress, []string{"192.0.2.9", "2001:db8::9"}) ||
			n.IpConfig.IpAddress[0].PrefixLength != 26 || n.IpConfig.IpAddress[1].PrefixLength != 64 ||
			!slices.Equal(n.DnsConfig.IpAddress, []string{"192.0.2.1"}) || !slices.Equal(n.DnsConfig.SearchDomain, []string{"example.org"}) ||
			n.DnsConfig.HostName != "web" {
			t.Errorf("%+v %+v", n, n.DnsConfig)
		}
		if other := g.Net[1]; other.MacAddress != "00:50:56:01:02:04" || len(other.IpAddress) != 1 || other.IpAddress[0] == "192.0.2.9" {
			t.Errorf("%+v", other)
		}
		if macs := cards(see); macs[0].MacAddress != testMAC || macs[1].MacAddress != "00:50:56:01:02:04" {
			t.Errorf("the customization changed the NICs: %s, %s", macs[0].MacAddress, macs[1].MacAddress)
		}
		_, err = l.task(vm.PowerOff(l.ctx))
		l.ok(err)
	}
	if g := l.see(l.mustClone("b", l.addressed(told...), on, customizedBy(linuxSpec(nil)))).Guest; g.HostName != "told" ||
		g.IpAddress != "192.0.2.5" {
		t.Errorf("with cloud-init: %s, %s", g.HostName, g.IpAddress)
	}
}

// Windows takes fifteen letters of a name.
func TestCustomizedWindows(t *testing.T) {
	t.Parallel()
	l := strict(t)
	config := l.addressed(PlainGuest, "TRUE")
	config.GuestId = "windows2019srv_64Guest"
	g := l.see(l.mustClone("a", config, on, customizedBy(windowsSpec(nil)))).Guest
	if g.HostName != "web-frontend-nu" || g.IpAddress != "192.0.2.9" {
		t.Errorf("%s, %s", g.HostName, g.IpAddress)
	}
}

// What a real server refuses leaves no machine.
func TestCustomizationRefused(t *testing.T) {
	t.Parallel()
	type (
		spec     = types.CustomizationSpec
		prep     = types.CustomizationLinuxPrep
		settings = types.CustomizationIPSettings
		sysprep  = types.CustomizationSysprep
	)
	linux := func(change func(*spec, *prep, *settings)) *spec { return linuxSpec(change) }
	named := func(name string) *spec {
		return linux(func(_ *spec, p *prep, _ *settings) { p.HostName = &types.CustomizationFixedName{Name: name} })
	}
	adapter := func(change func(a *settings)) *spec { return linux(func(_ *spec, _ *prep, a *settings) { change(a) }) }
	windows := func(change func(*spec, *sysprep)) *spec { return windowsSpec(change) }
	argument, l := &types.InvalidArgument{}, strict(t)
	for name, c := range map[string]struct { //nolint:paralleltest // the cases try one vCenter one after the other
		spec  *spec
		fault types.BaseMethodFault
	}{
		"more settings than NICs": {linux(func(s *spec, _ *prep, _ *settings) { s.NicSettingMap = append(s.NicSettingMap, s.NicSettingMap[0]) }),
			&types.NicSettingMismatch{}},
		"fewer":                  {linux(func(s *spec, _ *prep, _ *settings) { s.NicSettingMap = nil }), &types.NicSettingMismatch{}},
		"a MAC that no NIC has":  {linux(func(s *spec, _ *prep, _ *settings) { s.NicSettingMap[0].MacAddress = "00:50:56:09:09:09" }), argument},
		"no identity":            {linux(func(s *spec, _ *prep, _ *settings) { s.Identity = nil }), argument},
		"options of Windows":     {linux(func(s *spec, _ *prep, _ *settings) { s.Options = &types.CustomizationWinOptions{} }), argument},
		"a server that is none":  {linux(func(s *spec, _ *prep, _ *settings) { s.GlobalIPSettings.DnsServerList = []string{"x"} }), argument},
		"no name":                {linux(func(_ *spec, p *prep, _ *settings) { p.HostName = nil }), argument},
		"an empty name":          {named(""), argument},
		"a name with a dot":      {named("web.example"), argument},
		"a name with _":          {named("web_1"), argument},
		"a name of digits":       {named("2024"), argument},
		"a name that ends in -":  {named("web-"), argument},
		"no address":             {adapter(func(a *settings) { a.Ip = nil }), argument},
		"an address to be asked": {adapter(func(a *settings) { a.Ip = &types.CustomizationUnknownIpGenerator{} }), argument},
		"no address at all":      {adapter(func(a *settings) { a.Ip = &types.CustomizationFixedIp{IpAddress: "x"} }), argument},
		"no mask":                {adapter(func(a *settings) { a.SubnetMask = "" }), argument},
		"a mask with holes":      {adapter(func(a *settings) { a.SubnetMask = "255.0.255.0" }), argument},
		"a gateway that is none": {adapter(func(a *settings) { a.Gateway = []string{"x"} }), argument},
		"an IPv6 prefix of 0":    {adapter(func(a *settings) { a.IpV6Spec.Ip[0].(*types.CustomizationFixedIpV6).SubnetMask = 0 }), argument},
		"IPv6 without any":       {adapter(func(a *settings) { a.IpV6Spec.Ip = nil }), argument},
		"Sysprep for Linux":      {windows(nil), &types.UncustomizableGuest{}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := l.clone("wrong", l.addressed(), on, customizedBy(c.spec))
			faults(t, err, c.fault)
			l.absent("wrong")
		})
	}
}

func TestCustomizationOfWindowsRefused(t *testing.T) {
	t.Parallel()
	type (
		spec    = types.CustomizationSpec
		sysprep = types.CustomizationSysprep
	)
	windows := func(change func(*spec, *sysprep)) *spec { return windowsSpec(change) }
	argument, l := &types.InvalidArgument{}, strict(t)
	for name, c := range map[string]struct { //nolint:paralleltest // the cases try one vCenter one after the other
		spec  *spec
		fault types.BaseMethodFault
	}{
		"LinuxPrep for Windows": {linuxSpec(nil), &types.UncustomizableGuest{}},
		"no new SID":            {windows(func(s *spec, _ *sysprep) { s.Options = &types.CustomizationWinOptions{} }), argument},
		"no computer name":      {windows(func(_ *spec, p *sysprep) { p.UserData.ComputerName = nil }), argument},
		"no owner":              {windows(func(_ *spec, p *sysprep) { p.UserData.FullName = "" }), argument},
		"an empty password":     {windows(func(_ *spec, p *sysprep) { p.GuiUnattended.Password.Value = "" }), argument},
		"a logon without one": {windows(func(_ *spec, p *sysprep) { p.GuiUnattended.Password, p.GuiUnattended.AutoLogon = nil, true }),
			argument},
		"no group":         {windows(func(_ *spec, p *sysprep) { p.Identification.JoinWorkgroup = "" }), argument},
		"group and domain": {windows(func(_ *spec, p *sysprep) { p.Identification.JoinDomain = "example.org" }), argument},
		"a password without its key": {windows(func(_ *spec, p *sysprep) { p.GuiUnattended.Password.PlainText = false }),
			&types.CannotDecryptPasswords{}},
	} {
		t.Run(name, func(t *testing.T) {
			config := l.addressed()
			config.GuestId = "windows2019srv_64Guest"
			_, err := l.clone("wrong", config, on, customizedBy(c.spec))
			faults(t, err, c.fault)
			l.absent("wrong")
		})
	}
}

// A machine is customized while it is off, and once at a time. NICs that change in between make the customization fail in the guest.
func TestCustomizeMachine(t *testing.T) {
	t.Parallel()
	l := strict(t)
	vm := l.mustClone("a", l.addressed(PlainGuest, "TRUE"), on)
	customize := func() error {
		_, err := l.task(vm.Customize(l.ctx, *linuxSpec(nil)))
		return err
	}
	faults(t, customize(), &types.InvalidPowerState{})
	_, err := l.task(vm.PowerOff(l.ctx))
	l.ok(err)
	l.ok(customize())
	faults(t, customize(), &types.CustomizationPending{})
	l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{DeviceChange: nicOn(l.network("public"))}))
	_, err = l.task(vm.PowerOn(l.ctx))
	l.ok(err)
	if g := l.see(vm).Guest; g.CustomizationInfo.CustomizationStatus != "TOOLSDEPLOYPKG_FAILED" || g.HostName == "web" ||
		g.IpAddress == "192.0.2.9" {
		t.Errorf("%s, %s, %+v", g.HostName, g.IpAddress, g.CustomizationInfo)
	}
	_, err = l.task(l.template("debian-12").Customize(l.ctx, *linuxSpec(nil)))
	faults(t, err, &types.NotSupported{})
}
