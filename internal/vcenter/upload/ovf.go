// SPDX-License-Identifier: MPL-2.0

package upload

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"strings"
	"text/template"

	"github.com/vmware/govmomi/vim25/types"
)

// Descriptor is the OVF descriptor of a machine with one disk, which is the content of a file beside it. Of the machine's ConfigSpec it
// takes what a deployment keeps without asking anybody: processors, memory, guest, firmware, and the disk's controller. Its extraConfig
// stays out, because a vCenter deploys it only with a privilege of its own and a warning.
func Descriptor(spec types.VirtualMachineConfigSpec, file string, content *Content) ([]byte, error) {
	var out bytes.Buffer
	secure := spec.BootOptions != nil && spec.BootOptions.EfiSecureBootEnabled != nil && *spec.BootOptions.EfiSecureBootEnabled
	kind, model := controllerOf(spec.DeviceChange)
	err := envelope.Execute(&out, map[string]any{"Name": spec.Name, "File": file, "Size": content.Length, "MiB": content.Capacity >> 20,
		"Guest": spec.GuestId, "Version": cmp.Or(spec.Version, descriptorVersion), "CPUs": spec.NumCPUs, "Memory": spec.MemoryMB,
		"ControllerType": kind, "Model": model, "Firmware": spec.Firmware, "Secure": secure})
	return out.Bytes(), err
}

// descriptorVersion is the hardware version of a machine whose spec names none: that of the oldest vCenter that this provider speaks to.
const descriptorVersion = "vmx-17"

// controllerOf gives the type of a disk's controller and its model, as OVF has them.
func controllerOf(changes []types.BaseVirtualDeviceConfigSpec) (kind int, model string) {
	for _, change := range changes {
		switch change.GetVirtualDeviceConfigSpec().Device.(type) {
		case *types.ParaVirtualSCSIController:
			return scsiController, "VirtualSCSI"
		case *types.VirtualLsiLogicSASController:
			return scsiController, "lsilogicsas"
		case *types.VirtualBusLogicController:
			return scsiController, "buslogic"
		case *types.VirtualLsiLogicController:
			return scsiController, "lsilogic"
		}
	}
	return ideController, ""
}

// Types of resources in CIM_ResourceAllocationSettingData.
const (
	ideController  = 5
	scsiController = 6
)

// escaped writes a text for XML.
func escaped(text string) string {
	var out strings.Builder
	_ = xml.EscapeText(&out, []byte(text)) // a Builder takes everything
	return out.String()
}

var envelope = template.Must(template.New("ovf").Funcs(template.FuncMap{"xml": escaped}).Parse(
	`<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
    xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
    xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData"
    xmlns:vmw="http://www.vmware.com/schema/ovf">
  <References>
    <File ovf:id="file1" ovf:href="{{xml .File}}" ovf:size="{{.Size}}"/>
  </References>
  <DiskSection>
    <Info>The disk</Info>
    <Disk ovf:diskId="disk1" ovf:fileRef="file1" ovf:capacity="{{.MiB}}" ovf:capacityAllocationUnits="byte * 2^20"
        ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
  </DiskSection>
  <VirtualSystem ovf:id="image">
    <Info>A virtual machine</Info>
    <Name>{{xml .Name}}</Name>
    <OperatingSystemSection ovf:id="1" vmw:osType="{{xml .Guest}}">
      <Info>The guest</Info>
    </OperatingSystemSection>
    <VirtualHardwareSection>
      <Info>The hardware</Info>
      <System>
        <vssd:ElementName>Hardware</vssd:ElementName>
        <vssd:InstanceID>0</vssd:InstanceID>
        <vssd:VirtualSystemType>{{xml .Version}}</vssd:VirtualSystemType>
      </System>
      <Item>
        <rasd:AllocationUnits>hertz * 10^6</rasd:AllocationUnits>
        <rasd:ElementName>Processors</rasd:ElementName>
        <rasd:InstanceID>1</rasd:InstanceID>
        <rasd:ResourceType>3</rasd:ResourceType>
        <rasd:VirtualQuantity>{{.CPUs}}</rasd:VirtualQuantity>
      </Item>
      <Item>
        <rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits>
        <rasd:ElementName>Memory</rasd:ElementName>
        <rasd:InstanceID>2</rasd:InstanceID>
        <rasd:ResourceType>4</rasd:ResourceType>
        <rasd:VirtualQuantity>{{.Memory}}</rasd:VirtualQuantity>
      </Item>
      <Item>
        <rasd:Address>0</rasd:Address>
        <rasd:ElementName>Controller</rasd:ElementName>
        <rasd:InstanceID>3</rasd:InstanceID>
{{- if .Model}}
        <rasd:ResourceSubType>{{.Model}}</rasd:ResourceSubType>
{{- end}}
        <rasd:ResourceType>{{.ControllerType}}</rasd:ResourceType>
      </Item>
      <Item>
        <rasd:AddressOnParent>0</rasd:AddressOnParent>
        <rasd:ElementName>Disk</rasd:ElementName>
        <rasd:HostResource>ovf:/disk/disk1</rasd:HostResource>
        <rasd:InstanceID>4</rasd:InstanceID>
        <rasd:Parent>3</rasd:Parent>
        <rasd:ResourceType>17</rasd:ResourceType>
      </Item>
{{- if .Firmware}}
      <vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="{{xml .Firmware}}"/>
{{- end}}
{{- if .Secure}}
      <vmw:Config ovf:required="false" vmw:key="bootOptions.efiSecureBootEnabled" vmw:value="true"/>
{{- end}}
    </VirtualHardwareSection>
  </VirtualSystem>
</Envelope>
`))
