// SPDX-License-Identifier: MPL-2.0

package actions

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

const (
	consoleTimeout = 2 * time.Minute
	// linesAtOnce is how many lines of a console log are one message of progress.
	linesAtOnce = 40
)

// ConsoleLog is the action that shows what an instance's guest has written to its serial port.
var ConsoleLog = crud.Action[*vcenter.Client, consoleLogModel]{
	Name: "compute_instance_console_log", Does: "read the instance's console log", Schema: consoleLogSchema,
	Plan: func(ctx context.Context, client *vcenter.Client, m consoleLogModel) error {
		return client.Acts.CheckConsoleLog(ctx, m.InstanceID.ValueString())
	},
	Invoke: func(ctx context.Context, client *vcenter.Client, m consoleLogModel, progress crud.Progress) error {
		lines, err := client.Acts.ConsoleLog(ctx, m.InstanceID.ValueString(), m.Length.ValueInt64())
		if err == nil && len(lines) == 0 {
			progress("the guest has written nothing to its serial port")
		}
		for ; len(lines) > 0; lines = lines[min(len(lines), linesAtOnce):] {
			progress("\n%s", strings.Join(lines[:min(len(lines), linesAtOnce)], "\n"))
		}
		return err
	},
	Timeout: func(m consoleLogModel) types.String { return m.Timeout }, Limit: consoleTimeout,
}

func consoleLogSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Shows the end of what an instance's guest has written to its serial port, at most 100 KiB as in Nova. It only " +
			"reads: the guest notices nothing, and the next plan shows nothing. The serial port must write to a file on a datastore. An " +
			"instance of Nova's writes over the network to its concentrator (VSPC), which has the log then; one without a serial port has " +
			"none: both are refused with what to do. The text is printed as it is, and a guest may have written secrets." +
			Needs,
		Attributes: map[string]schema.Attribute{
			"instance_id": instanceID(),
			"length": schema.Int64Attribute{MarkdownDescription: "How many lines, counted from the end. Unset: all that 100 KiB hold.",
				Optional: true, Validators: []validator.Int64{int64validator.Between(1, 100000)}},
			"timeout": crud.InvokeTimeout(consoleTimeout),
			"region":  crud.ActionRegion(),
		},
	}
}

type consoleLogModel struct {
	InstanceID types.String `tfsdk:"instance_id"`
	Length     types.Int64  `tfsdk:"length"`
	Timeout    types.String `tfsdk:"timeout"`
	Region     types.String `tfsdk:"region"`
}
