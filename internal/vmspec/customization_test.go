package vmspec

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

const someMAC = "00:50:56:01:02:03"

func lease(address, gateway string, dns ...string) openstack.Lease {
	return openstack.Lease{Address: address, Gateway: gateway, DNS: dns}
}

func asked(l openstack.Lease) openstack.Lease {
	l.Asks = true
	return l
}

// Each NIC becomes a setting under its MAC.
func TestCustomizationOfNICs(t *testing.T) {
	t.Parallel()
	fixed := func(ip string) *types.CustomizationFixedIp { return &types.CustomizationFixedIp{IpAddress: ip} }
	six := func(gateway []string, ip ...types.BaseCustomizationIpV6Generator) *types.CustomizationIPSettingsIpV6AddressSpec {
		return &types.CustomizationIPSettingsIpV6AddressSpec{Ip: ip, Gateway: gateway}
	}
	dhcp := &types.CustomizationDhcpIpGenerator{}
	type settings = types.CustomizationIPSettings
	for name, c := range map[string]struct {
		guests  [][]openstack.Lease
		want    []settings
		servers []string
	}{
		"no lease": {[][]openstack.Lease{nil}, []settings{{Ip: dhcp}}, nil},
		"IPv4": {[][]openstack.Lease{{lease("10.0.0.5/22", "10.0.0.1", "10.0.0.2", "10.0.0.3")}},
			[]settings{{Ip: fixed("10.0.0.5"), SubnetMask: "255.255.252.0", Gateway: []string{"10.0.0.1"}}}, []string{"10.0.0.2", "10.0.0.3"}},
		"no gateway": {[][]openstack.Lease{{lease("10.0.0.5/31", "")}}, []settings{{Ip: fixed("10.0.0.5"), SubnetMask: "255.255.255.254"}}, nil},
		"one default route": {[][]openstack.Lease{nil, {lease("10.0.0.5/24", "10.0.0.1", "10.0.0.2")},
			{lease("10.1.0.5/24", "10.1.0.1", "10.0.0.2", "10.1.0.2")}},
			[]settings{{Ip: dhcp}, {Ip: fixed("10.0.0.5"), SubnetMask: "255.255.255.0", Gateway: []string{"10.0.0.1"}},
				{Ip: fixed("10.1.0.5"), SubnetMask: "255.255.255.0"}}, []string{"10.0.0.2", "10.1.0.2"}},
		"IPv4 by DHCP": {[][]openstack.Lease{{asked(lease("10.0.0.5/24", "10.0.0.1"))}}, []settings{{Ip: dhcp}}, nil},
		"both versions": {[][]openstack.Lease{{lease("2001:db8::5/64", "2001:db8::1", "2001:db8::2"), lease("10.0.0.5/24", "10.0.0.1"),
			lease("2001:db8:1::5/56", "2001:db8:1::1")}},
			[]settings{{Ip: fixed("10.0.0.5"), SubnetMask: "255.255.255.0", Gateway: []string{"10.0.0.1"},
				IpV6Spec: six([]string{"2001:db8::1"}, &types.CustomizationFixedIpV6{IpAddress: "2001:db8::5", SubnetMask: 64},
					&types.CustomizationFixedIpV6{IpAddress: "2001:db8:1::5", SubnetMask: 56})}}, []string{"2001:db8::2"}},
		"IPv6 of routers": {[][]openstack.Lease{{asked(lease("2001:db8::250:56ff:fe01:203/64", "2001:db8::1"))}},
			[]settings{{Ip: dhcp, IpV6Spec: six(nil, &types.CustomizationStatelessIpV6Generator{})}}, nil},
		"IPv6 of DHCP": {[][]openstack.Lease{{asked(lease("2001:db8::5/64", "2001:db8::1"))}},
			[]settings{{Ip: dhcp, IpV6Spec: six(nil, &types.CustomizationDhcpIpV6Generator{})}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, kind := range []string{CustomizeLinux, CustomizeWindows} {
				nics := make([]openstack.NIC, len(c.guests))
				for i := range nics {
					nics[i] = openstack.NIC{MAC: strings.ToUpper(someMAC), Guest: c.guests[i]}
				}
				spec, err := Customization(Customized{Kind: kind, Name: "web", NICs: nics})
				if err != nil || len(spec.NicSettingMap) != len(c.want) {
					t.Fatalf("%v, %+v", err, spec)
				}
				var servers []string
				for i, m := range spec.NicSettingMap {
					servers = joined(servers, m.Adapter.DnsServerList...)
					m.Adapter.DnsServerList = nil
					if m.MacAddress != someMAC || !reflect.DeepEqual(m.Adapter, c.want[i]) {
						t.Errorf("%s, NIC %d at %s: %s, not %s", kind, i, m.MacAddress, text(m.Adapter), text(c.want[i]))
					}
				}
				global := spec.GlobalIPSettings.DnsServerList
				if kind == CustomizeLinux {
					servers, global = global, servers
				}
				if len(global) > 0 || !reflect.DeepEqual(servers, c.servers) {
					t.Errorf("%s: servers %v, and in the wrong place %v", kind, servers, global)
				}
			}
		})
	}
}

func text(v any) string {
	raw, _ := json.Marshal(v)
	return string(raw)
}

// A host has the name of its first port that has one, or its own, and the first domain that anybody says.
func TestCustomizationNames(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		nics           []openstack.NIC
		host, domain   string
		suffixes, each []string
	}{
		"nothing said": {[]openstack.NIC{{}}, "web-1", "", nil, []string{""}},
		"a network says": {[]openstack.NIC{{}, {DNSDomain: "example.org."}}, "web-1", "example.org", []string{"example.org"},
			[]string{"", "example.org"}},
		"a port says": {[]openstack.NIC{{}, {DNSName: "db", DNSDomain: "example.org."}, {DNSName: "other"}}, "db", "example.org",
			[]string{"example.org"}, []string{"", "example.org", ""}},
		"a port says all": {[]openstack.NIC{{DNSName: "db.lab.example.org.", DNSDomain: "example.org."}, {DNSDomain: "example.net"}}, "db",
			"lab.example.org",
			[]string{"lab.example.org", "example.org", "example.net"}, []string{"example.org", "example.net"}},
	} {
		t.Run(name, func(t *testing.T) {
			spec, err := Customization(Customized{Kind: CustomizeLinux, Name: "Web 1", NICs: c.nics})
			if err != nil {
				t.Fatal(err)
			}
			prep := spec.Identity.(*types.CustomizationLinuxPrep)
			var each []string
			for _, m := range spec.NicSettingMap {
				each = append(each, m.Adapter.DnsDomain)
			}
			if host := prep.HostName.(*types.CustomizationFixedName).Name; host != c.host || prep.Domain != c.domain || !*prep.HwClockUTC ||
				prep.ScriptText != "" {
				t.Errorf("%s in %s: %+v", host, prep.Domain, prep)
			}
			if !reflect.DeepEqual(spec.GlobalIPSettings.DnsSuffixList, c.suffixes) || !reflect.DeepEqual(each, c.each) {
				t.Errorf("suffixes %v, of NICs %v", spec.GlobalIPSettings.DnsSuffixList, each)
			}
			if _, linux := spec.Options.(*types.CustomizationLinuxOptions); !linux {
				t.Errorf("%T", spec.Options)
			}
		})
	}
}

func TestComputerName(t *testing.T) {
	t.Parallel()
	for of, want := range map[string][2]string{ // of Linux and of Windows
		"web":                       {"web", "web"},
		"Web_1.example":             {"web-1-example", "web-1-example"},
		"fifteen-letters":           {"fifteen-letters", "fifteen-letters"},
		"web-frontend-production-1": {"web-frontend-production-1", "web-fronte-ca33"},
		"web-frontend-production-2": {"web-frontend-production-2", "web-fronte-5db2"},
		"123456789-123456":          {"123456789-123456", "123456789-fa42"},
		"日本 1a":                     {"1a", "1a"},
	} {
		for i, kind := range []string{CustomizeLinux, CustomizeWindows} {
			if got, err := ComputerName(kind, of); err != nil || got != want[i] {
				t.Errorf("%s of %s: %q, %v, not %q", of, kind, got, err, want[i])
			}
			if got, _ := ComputerName(kind, of); kind == CustomizeWindows && len(got) > 15 {
				t.Errorf("%s is too long", got)
			}
		}
	}
	for of, says := range map[string]string{"": "letters from a to z", "日本": "letters from a to z", "--": "letters from a to z",
		"2024": "have a letter"} {
		var field *openstack.FieldError
		if _, err := ComputerName(CustomizeLinux, of); !errors.As(err, &field) || field.Field != "name" || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", of, err)
		}
	}
}

func TestCustomizationOfWindows(t *testing.T) {
	t.Parallel()
	spec, err := Customization(Customized{Kind: CustomizeWindows, Name: "web", AdminPass: "Secret-1"})
	if err != nil {
		t.Fatal(err)
	}
	got := spec.Identity.(*types.CustomizationSysprep)
	if p := got.GuiUnattended.Password; p == nil || p.Value != "Secret-1" || !p.PlainText || got.GuiUnattended.AutoLogon {
		t.Errorf("%+v", got.GuiUnattended)
	}
	if got.UserData.ComputerName.(*types.CustomizationFixedName).Name != "web" || got.UserData.FullName == "" || got.UserData.OrgName == "" ||
		got.Identification.JoinWorkgroup != "WORKGROUP" || got.Identification.JoinDomain != "" {
		t.Errorf("%+v", got)
	}
	if o := spec.Options.(*types.CustomizationWinOptions); !o.ChangeSID {
		t.Errorf("%+v", o)
	}
	if spec, err = Customization(Customized{Kind: CustomizeWindows, Name: "web"}); err != nil ||
		spec.Identity.(*types.CustomizationSysprep).GuiUnattended.Password != nil {
		t.Errorf("%v, %+v", err, spec) // vSphere takes no empty one
	}
}

// What vSphere has no words for is refused at the NIC.
func TestCustomizationRefuses(t *testing.T) {
	t.Parallel()
	for says, leases := range map[string][]openstack.Lease{
		"the port p has 2 IPv4 addresses, and vSphere's guest customization gives a NIC one": {lease("10.0.0.5/24", ""),
			lease("10.1.0.5/24", "")},
		"the port p has 3 IPv4 addresses":        {asked(lease("10.0.0.5/24", "")), lease("10.1.0.5/24", ""), lease("10.1.0.6/24", "")},
		"the address 10.0.0.5 of the port p has": {lease("10.0.0.5", "")},
	} {
		_, err := Customization(Customized{Kind: CustomizeLinux, Name: "web", NICs: []openstack.NIC{{}, {Port: "p", Guest: leases}}})
		var field *openstack.FieldError
		if !errors.As(err, &field) || field.Field != "network[1]" || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// The property is refused where it contradicts what else is known of the guest.
func TestCustomizationProperty(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		properties map[string]string
		guestID    string
		says       string // empty: fine
	}{
		"none":    {nil, "windows2019srv_64Guest", ""},
		"linux":   {map[string]string{customizationProperty: "linux"}, "debian12_64Guest", ""},
		"windows": {map[string]string{customizationProperty: "windows"}, "windows2019srv_64Guest", ""},
		"windows by the image": {map[string]string{customizationProperty: "windows", "vmware_ostype": "windows2019srv_64Guest"}, "otherGuest",
			""},
		"a bad value": {map[string]string{customizationProperty: "cloud-init"}, "otherGuest",
			`"cloud-init" is not one of linux, windows`},
		"linux for Windows": {map[string]string{customizationProperty: "linux", "os_type": "windows"}, "otherGuest", "make them agree"},
		"windows for Linux": {map[string]string{customizationProperty: "windows", "os_type": "linux"}, "otherGuest", "make them agree"},
		"windows for a guest id": {map[string]string{customizationProperty: "windows", "vmware_ostype": "debian12_64Guest"}, "otherGuest",
			"make them agree"},
		"linux for a template": {map[string]string{customizationProperty: "linux"}, "windows2019srv_64Guest",
			"the guest id of the image img is windows2019srv_64Guest"},
		"windows for a template": {map[string]string{customizationProperty: "windows"}, "debian12_64Guest",
			"the guest id of the image img is debian12_64Guest"},
		"nothing to be customized": {map[string]string{customizationProperty: "linux"}, "", "has no disk that could hold one"},
	} {
		t.Run(name, func(t *testing.T) {
			needs, err := needsOf(openstack.Flavor{VCPUs: 1, RAM: 4}, c.properties)
			if err == nil {
				disk := &types.VirtualDisk{}
				if c.guestID == "" {
					disk = nil
				}
				err = Customizable("img", needs, c.guestID, disk)
			}
			if c.says == "" {
				if err != nil || needs.Customization != Customizes(c.properties) || needs.Windows != (needs.Customization == CustomizeWindows) {
					t.Errorf("%v, %+v", err, needs)
				}
				return
			}
			var field *openstack.FieldError
			if !errors.As(err, &field) || field.Field != "image_id" || !strings.Contains(err.Error(), c.says) ||
				!strings.Contains(err.Error(), customizationProperty) {
				t.Error(err)
			}
		})
	}
}
