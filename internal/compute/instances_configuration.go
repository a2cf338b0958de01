// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
)

// This file prints the configuration that takes instances over: an import block and a resource block for each.

// configurationOf prints instances as HCL, in the layout of `terraform fmt`. It describes them as they are, so that a plan changes
// nothing where the instance holds all arguments that it was made with.
func configurationOf(servers []openstack.Server) string {
	const kind = "novasphere_compute_instance"
	file := hclwrite.NewEmptyFile()
	body := file.Body()
	taken := map[string]bool{}
	for i, s := range servers {
		if i > 0 {
			body.AppendNewline()
		}
		label := labelFor(s.Name, taken)
		imported := body.AppendNewBlock("import", nil).Body()
		imported.SetAttributeTraversal("to", hcl.Traversal{hcl.TraverseRoot{Name: kind}, hcl.TraverseAttr{Name: label}})
		setText(imported, "id", s.ID)
		body.AppendNewline()
		writeInstance(body.AppendNewBlock("resource", []string{kind, label}).Body(), s)
	}
	return string(hclwrite.Format(file.Bytes()))
}

// writeInstance writes an instance's arguments and blocks.
func writeInstance(body *hclwrite.Body, s openstack.Server) {
	setText(body, "name", s.Name)
	setText(body, "description", s.Description)
	writeOrigin(body, s)
	setText(body, "key_pair", s.KeyPair)
	if s.Zone != inventory.DefaultZone {
		setText(body, "availability_zone", s.Zone)
	}
	switch s.PowerState {
	case openstack.Shutoff, openstack.Suspended, openstack.Shelved: // OpenStack's other states have no argument here
		setText(body, "power_state", s.PowerState)
	}
	if s.ConfigDrive {
		body.SetAttributeValue("config_drive", cty.True)
	}
	setText(body, "user_data", s.UserData)
	setMap(body, "metadata", s.Metadata)
	setList(body, "tags", s.Tags)
	setList(body, "security_groups", s.SecurityGroups)
	for _, nic := range s.Plugged() {
		writeNetwork(body.AppendNewBlock("network", nil).Body(), nic)
	}
	for _, d := range s.BlockDevices {
		writeDevice(body.AppendNewBlock("block_device", nil).Body(), d)
	}
	if !s.Hints.Empty() {
		hints := body.AppendNewBlock("scheduler_hints", nil).Body()
		setText(hints, "group", s.Hints.Group)
		setList(hints, "different_host", s.Hints.DifferentHost)
		setList(hints, "same_host", s.Hints.SameHost)
	}
}

// writeOrigin writes the flavor and the image, by name where it is known, and a comment instead of an unknown one.
func writeOrigin(body *hclwrite.Body, s openstack.Server) {
	switch {
	case s.Flavor.Name != "":
		setText(body, "flavor_name", s.Flavor.Name)
	case s.Flavor.ID != "":
		setText(body, "flavor_id", s.Flavor.ID)
	default:
		comment(body, fmt.Sprintf("Its flavor is not known. It has %d vcpus, %d MB of memory and a root disk of %d GiB: write flavor_name.",
			s.VCPUs, s.RAM, s.Disk))
	}
	switch {
	case openstack.BootsFromVolume(s.BlockDevices): // its block says what it is a copy of
	case s.ImageName != "":
		setText(body, "image_name", s.ImageName)
	case s.ImageID != "":
		setText(body, "image_id", s.ImageID)
	case s.BootVolume:
		comment(body, "It boots from a volume, and has no image.")
	default:
		comment(body, "Its image is not known: write image_name. Nothing is cloned.")
	}
}

func writeNetwork(body *hclwrite.Body, nic openstack.NIC) {
	if setText(body, "uuid", nic.NetworkID); nic.NetworkID == "" { // OpenStack lists names only
		setText(body, "name", nic.NetworkName)
	}
	if nic.Named {
		setText(body, "port", nic.Port)
	}
	if nic.Access {
		body.SetAttributeValue("access_network", cty.True)
	}
}

func writeDevice(body *hclwrite.Body, d openstack.BlockDevice) {
	setText(body, "source_type", d.Source)
	setText(body, "destination_type", d.Destination)
	setText(body, "uuid", d.UUID)
	if d.SizeGiB != 0 {
		body.SetAttributeValue("volume_size", cty.NumberIntVal(d.SizeGiB))
	}
	if d.BootIndex != nil {
		body.SetAttributeValue("boot_index", cty.NumberIntVal(*d.BootIndex))
	}
	if d.Delete != nil {
		body.SetAttributeValue("delete_on_termination", cty.BoolVal(*d.Delete))
	}
	setText(body, "guest_format", d.GuestFormat)
	setText(body, "disk_bus", d.Bus)
	setText(body, "device_type", d.DeviceType)
	setText(body, "volume_type", d.VolumeType)
	if d.Multiattach {
		body.SetAttributeValue("multiattach", cty.True)
	}
}

// comment writes a comment line about a missing value.
func comment(body *hclwrite.Body, text string) {
	body.AppendUnstructuredTokens(hclwrite.Tokens{{Type: hclsyntax.TokenComment, Bytes: []byte("# " + text + "\n")}})
}

// setText writes an argument unless it is empty. So do setList and setMap.
func setText(body *hclwrite.Body, name, value string) {
	if value != "" {
		body.SetAttributeRaw(name, textTokens(value))
	}
}

func setList(body *hclwrite.Body, name string, values []string) {
	if len(values) == 0 {
		return
	}
	elements := make([]hclwrite.Tokens, len(values))
	for i, value := range values {
		elements[i] = textTokens(value)
	}
	body.SetAttributeRaw(name, hclwrite.TokensForTuple(elements))
}

func setMap(body *hclwrite.Body, name string, values map[string]string) {
	if len(values) == 0 {
		return
	}
	var elements []hclwrite.ObjectAttrTokens
	for _, key := range slices.Sorted(maps.Keys(values)) {
		elements = append(elements, hclwrite.ObjectAttrTokens{Name: textTokens(key), Value: textTokens(values[key])})
	}
	body.SetAttributeRaw(name, hclwrite.TokensForObject(elements))
}

// textTokens quotes a text so that HCL reads no part of it as a template. hclwrite escapes "${" by doubling the dollar sign, which HCL
// does not read back after another dollar sign: there the second is written by its number.
func textTokens(text string) hclwrite.Tokens {
	tokens := hclwrite.TokensForValue(cty.StringVal(text))
	for _, token := range tokens {
		if token.Type == hclsyntax.TokenQuotedLit {
			token.Bytes = bytes.ReplaceAll(token.Bytes, []byte("$$${"), []byte(`$\u0024{`))
			token.Bytes = bytes.ReplaceAll(token.Bytes, []byte("%%%{"), []byte(`%\u0025{`))
		}
	}
	return tokens
}

// labelFor derives the name of a resource from an instance's, different from those taken.
func labelFor(name string, taken map[string]bool) string {
	label := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '_'
	}, name)
	if first := (label + "_")[0]; first == '-' || first >= '0' && first <= '9' {
		label = "_" + label
	}
	free := label
	for n := 2; taken[free] || free == ""; n++ {
		free = label + "_" + strconv.Itoa(n)
	}
	taken[free] = true
	return free
}
