// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"fmt"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// Delete warns of disks and devices that are deleted with an instance although its configuration does not have them.
func Delete(ctx context.Context, req Request) error {
	had := model.ReadPrivateState(ctx, req.Private)
	warnExtraDeleted(ctx, req.State.Name.ValueString(), had.Besides)
	warnKept(ctx, req.State.Name.ValueString(), had.Kept)
	return nil
}

// warnExtraDeleted names what was attached to the VM by hand and is deleted with it.
func warnExtraDeleted(ctx context.Context, name string, extra []string) {
	if len(extra) > 0 {
		crud.Warn(ctx, "More than the instance will be deleted", fmt.Sprintf("With %s goes what is not of its configuration: %s. Where "+
			"somebody needs it, detach or copy it first; a disk that lies in another folder than the machine's is detached and stays",
			name, strings.Join(extra, ", ")))
	}
}

// warnKept names the volumes of an instance's blocks that stay when it is deleted.
func warnKept(ctx context.Context, name string, kept []string) {
	if len(kept) > 0 {
		crud.Warn(ctx, "Volumes will stay", fmt.Sprintf("What was made for the block_device blocks of %s stays when it is deleted, as they say "+
			"(delete_on_termination), and no configuration has it then: %s", name, strings.Join(kept, ", ")))
	}
}
