// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud/region"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Progress tells the user what an action is doing. A line without a full stop: Terraform writes "Action ...: " before it.
type Progress func(format string, args ...any)

// Action describes an action: what Terraform 1.14 and later does at apply -invoke, and at the events of an action_trigger. M is its
// model, a struct with tfsdk tags; C is the client. An action keeps no state, and no secret may be in its configuration: the framework
// refuses every write-only attribute of an action.
type Action[C any, M any] struct {
	Name   string // without the provider's prefix: "compute_instance_reboot"
	Does   string // what it does, for the titles of errors: "reboot the instance"
	Schema func(ctx context.Context) schema.Schema
	// optional: refuses at validate what no invocation could accept; values may still be unknown
	Check func(config M) error
	// optional: refuses at plan, and again right before the invocation; called only where every value is known
	Plan   func(ctx context.Context, client C, config M) error
	Invoke func(ctx context.Context, client C, config M, progress Progress) error

	Timeout   func(m M) types.String // optional: the argument `timeout`, made by InvokeTimeout
	Limit     time.Duration          // of an invocation without a written timeout; 0: none
	Interrupt Interrupt
}

// New returns the action in the framework's form.
func (a Action[C, M]) New() action.Action { return &boundAction[C, M]{is: a} }

// ActionRegion returns the argument `region` of an action.
func ActionRegion() schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: RegionText, Optional: true}
}

// InvokeTimeout returns the argument `timeout` of an action.
func InvokeTimeout(usual time.Duration) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: "How long the action may take, as a duration such as `90s` or `1h`. Unset: `" +
		short(usual) + "`. What vCenter has begun by then goes on there.", Optional: true,
		Validators: []validator.String{positiveDuration{}}}
}

// short writes a duration as people do: 10m, and not 10m0s.
func short(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// positiveDuration accepts durations above zero.
type positiveDuration struct{}

// Description describes the accepted values.
func (positiveDuration) Description(context.Context) string {
	return "must be a duration such as 90s or 1h"
}

// MarkdownDescription describes the accepted values.
func (d positiveDuration) MarkdownDescription(ctx context.Context) string { return d.Description(ctx) }

// ValidateString checks a text.
func (positiveDuration) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !Known(req.ConfigValue) || req.ConfigValue.IsNull() {
		return
	}
	if length, err := time.ParseDuration(req.ConfigValue.ValueString()); err != nil || length <= 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a duration", fmt.Sprintf("%s: %q is no duration above zero. Write a number and a "+
			"unit: 90s, 5m or 1h.", req.Path, req.ConfigValue.ValueString()))
	}
}

type boundAction[C any, M any] struct {
	is   Action[C, M]
	data any // what the provider configured, nil before
}

var (
	_ action.ActionWithConfigure      = &boundAction[int, struct{}]{}
	_ action.ActionWithModifyPlan     = &boundAction[int, struct{}]{}
	_ action.ActionWithValidateConfig = &boundAction[int, struct{}]{}
)

// Metadata sets the name of the action.
func (b *boundAction[C, M]) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + b.is.Name
}

// Schema returns the action's schema.
func (b *boundAction[C, M]) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = b.is.Schema(ctx)
}

// Configure takes the clients to choose from, which are absent while the provider's configuration is unknown.
func (b *boundAction[C, M]) Configure(_ context.Context, req action.ConfigureRequest, _ *action.ConfigureResponse) {
	b.data = req.ProviderData
}

// ValidateConfig refuses what is wrong whatever the unknown values become.
func (b *boundAction[C, M]) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	if b.is.Check == nil {
		return
	}
	var config M
	if resp.Diagnostics.Append(Get(ctx, tfsdk.State(req.Config), &config)...); !resp.Diagnostics.HasError() {
		Report(&resp.Diagnostics, "Wrong "+strings.ReplaceAll(b.is.Name, "_", " "), b.is.Check(config))
	}
}

// cannot returns the title of an error of an action on a region's clients.
func (b *boundAction[C, M]) cannot(data any) string {
	home, _ := Pick[Home](data)
	return "Cannot " + b.is.Does + region.Clause(home)
}

// ModifyPlan refuses what the vCenter would not do. It does nothing while a value, or the provider's configuration, is unknown: Terraform
// plans an action once more before it is invoked.
func (b *boundAction[C, M]) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	data, err := In(b.data, req.Config.Raw)
	Report(&resp.Diagnostics, b.cannot(data), err)
	client, configured := Pick[C](data)
	if err != nil || b.is.Plan == nil || !configured || !req.Config.Raw.IsFullyKnown() {
		return
	}
	var config M
	if resp.Diagnostics.Append(Get(ctx, tfsdk.State(req.Config), &config)...); resp.Diagnostics.HasError() {
		return
	}
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	err = b.is.Plan(ctx, client, config)
	flush()
	Report(&resp.Diagnostics, b.cannot(data), err)
}

// Invoke does what the action is for.
func (b *boundAction[C, M]) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config M
	resp.Diagnostics.Append(Get(ctx, tfsdk.State(req.Config), &config)...)
	data, err := In(b.data, req.Config.Raw)
	Report(&resp.Diagnostics, b.cannot(data), err)
	client, configured := Pick[C](data)
	if err == nil && !configured {
		Unconfigured(&resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	progress := progressOf(ctx, resp.SendProgress)
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	home, _ := Pick[Home](data)
	ctx, done := b.is.Interrupt.begin(ctx, home)
	defer done()
	within, stop := b.limited(ctx, config)
	defer stop()
	err = WarnPartial(ctx, b.is.Invoke(within, client, config, progress))
	if errors.Is(err, context.Canceled) && !openstack.Begun(ctx) {
		err = errNotInvoked
	}
	flush()
	Report(&resp.Diagnostics, b.cannot(data), err)
}

var errNotInvoked = errors.New("interrupted before anything was changed: invoke the action again")

// limited limits an invocation by its argument `timeout`, or by the action's own limit. The validator has accepted the text.
func (b *boundAction[C, M]) limited(ctx context.Context, config M) (context.Context, context.CancelFunc) {
	limit := b.is.Limit
	if b.is.Timeout != nil {
		if written, err := time.ParseDuration(b.is.Timeout(config).ValueString()); err == nil {
			limit = written
		}
	}
	if limit == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, limit)
}

// progressOf returns what sends progress to Terraform, one line after the other. After an interrupt it sends none: the server ends a call
// at the first event that follows, while the action may still have to finish, and the framework then never returns from sending.
func progressOf(ctx context.Context, send func(action.InvokeProgressEvent)) Progress {
	var turn sync.Mutex
	return func(format string, args ...any) {
		turn.Lock()
		defer turn.Unlock()
		if ctx.Err() != nil {
			return
		}
		sent := make(chan struct{})
		go func() {
			send(action.InvokeProgressEvent{Message: fmt.Sprintf(format, args...)})
			close(sent)
		}()
		select {
		case <-sent:
		case <-ctx.Done():
		}
	}
}
