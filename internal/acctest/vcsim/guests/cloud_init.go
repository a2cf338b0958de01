// SPDX-License-Identifier: MPL-2.0

package guests

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"slices"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// CloudInitStatus is the key of extraConfig with which a guest's cloud-init ends, where it is told to say so. Without it all
// goes well.
const CloudInitStatus = "vcsim.guest.cloud-init"

// announcement is how vendor data tells a guest to write a word into extraConfig when cloud-init has ended.
const announcement = "info-set "

// cloudInitChanges is what the guest writes when cloud-init has ended: nothing, unless its vendor data asks for it.
func cloudInitChanges(vm *mo.VirtualMachine) []types.PropertyChange {
	_, after, told := strings.Cut(vendorData(vm.Config.ExtraConfig), announcement)
	key, _, _ := strings.Cut(after, " ")
	if !told || !strings.HasPrefix(key, "guestinfo.") || base.OptionText(vm.Config.ExtraConfig, key) != "" {
		return nil
	}
	said := &types.OptionValue{Key: key, Value: base.FirstOf(base.OptionText(vm.Config.ExtraConfig, CloudInitStatus), "done")}
	return []types.PropertyChange{{Name: "config.extraConfig", Val: append(slices.Clone(vm.Config.ExtraConfig), types.BaseOptionValue(said))}}
}

func vendorData(options []types.BaseOptionValue) string {
	raw, err := base64.StdEncoding.DecodeString(base.OptionText(options, "guestinfo.vendordata"))
	if err != nil {
		return ""
	}
	packed, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return string(raw)
	}
	data, _ := io.ReadAll(io.LimitReader(packed, 1<<20)) // what is there of it
	return string(data)
}

// noteCloudInit tells the vCenter that cloud-init has ended, where there is something to tell.
func noteCloudInit(ctx *simulator.Context, vm *mo.VirtualMachine) {
	if changes := cloudInitChanges(vm); changes != nil {
		ctx.Update(vm, changes)
	}
}
