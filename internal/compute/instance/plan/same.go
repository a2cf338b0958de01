package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// sameZone reports whether plan and state name the same zone, and the same host if one is named.
func sameZone(in inputs) bool {
	return model.SameZone(in.plan.Zone.ValueString(), in.state.Zone.ValueString())
}

// movesZone reports whether another zone moves the instance instead of replacing it. An instance that was moved outside of Terraform is
// never replaced where its planned zone is still the recorded one.
func movesZone(in inputs) bool {
	recorded := in.private.At.Zone
	return in.plan.LiveMigration.ValueBool() || recorded != "" && model.SameZone(in.plan.Zone.ValueString(), recorded) &&
		!model.SameZone(in.state.Zone.ValueString(), recorded)
}

// sameNode reports whether the planned compute node is the state's, or the cluster or host that the instance is on.
func sameNode(in inputs) bool {
	to := in.plan.Hypervisor.ValueString()
	return to == "" || strings.EqualFold(to, in.state.Hypervisor.ValueString()) || strings.EqualFold(to, in.private.At.Node) ||
		strings.EqualFold(to, in.private.At.Host)
}

// movesNode is movesZone for the compute node.
func movesNode(in inputs) bool {
	asked := in.private.At.Asked
	return in.plan.LiveMigration.ValueBool() || asked != "" && strings.EqualFold(in.plan.Hypervisor.ValueString(), asked) &&
		in.private.At.Home != in.private.At.Node
}

func sameConfigDrive(in inputs) bool {
	return in.private.Unfinished || in.plan.ConfigDrive.ValueBool() == in.state.ConfigDrive.ValueBool()
}

// sameUserData reports whether the data is the same in another encoding, or has the recorded checksum where an import could not read it.
func sameUserData(in inputs) bool {
	data := guest.DecodeUserData(in.plan.UserData.ValueString())
	if in.state.UserData.IsNull() && in.private.UserData != "" {
		sum := sha256.Sum256([]byte(data))
		return in.private.UserData == hex.EncodeToString(sum[:])
	}
	return data == guest.DecodeUserData(in.state.UserData.ValueString())
}

// samePersonality reports whether the files are the same, or have the recorded checksum where an import could not read them.
func samePersonality(in inputs) bool {
	sum := openstack.SumFiles(model.Personality(in.plan.Personality))
	return sum == openstack.SumFiles(model.Personality(in.state.Personality)) || len(in.state.Personality.Elements()) == 0 &&
		sum == in.private.Personality
}

// sameHints reports whether plan and state name the same group and the same instances. Hints without effect may change.
func sameHints(in inputs) bool {
	for _, h := range model.HintBlocks(in.plan.SchedulerHints) {
		if h.Group.IsUnknown() || h.DifferentHost.IsUnknown() || h.SameHost.IsUnknown() ||
			slices.ContainsFunc(append(h.DifferentHost.Elements(), h.SameHost.Elements()...), attr.Value.IsUnknown) {
			return false
		}
	}
	next, recorded := model.HintsOf(in.plan.SchedulerHints), model.HintsOf(in.state.SchedulerHints)
	return next.Group == recorded.Group && slices.Equal(next.DifferentHost, recorded.DifferentHost) &&
		slices.Equal(next.SameHost, recorded.SameHost)
}

func sameBlockDevices(in inputs) bool {
	return sameBlocks(model.BlockDevices(in.plan.BlockDevice), model.BlockDevices(in.state.BlockDevice))
}

// sameBlocks reports whether two lists ask for the same disks. It ignores delete_on_termination of local disks, because they always go with
// the instance, and the size of a local root disk, which is the flavor's, and of a volume that was there before, which is its own.
func sameBlocks(a, b []openstack.BlockDevice) bool {
	return slices.EqualFunc(a, b, func(x, y openstack.BlockDevice) bool {
		xi, yi := x.BootIndex, y.BootIndex
		deleted := x.DeletedWithServer() == y.DeletedWithServer()
		x.BootIndex, y.BootIndex, x.Delete, y.Delete = nil, nil, nil, nil
		if x.Source == openstack.SourceImage && !x.ToVolume() || x.Source == openstack.SourceVolume {
			x.SizeGiB, y.SizeGiB = 0, 0
		}
		return x == y && deleted && (xi == nil) == (yi == nil) && (xi == nil || *xi == *yi)
	})
}

// passesOver reports whether the image arguments have no effect, before and after: the instance boots from a volume.
func passesOver(in inputs) bool {
	return model.BootsFromVolume(in.plan.BlockDevice) && model.BootsFromVolume(in.state.BlockDevice)
}
