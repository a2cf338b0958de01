// SPDX-License-Identifier: MPL-2.0

package functions

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/functions/cloudconfig"
)

func newCloudConfig() function.Function { return cloudConfig{} }

// cloudConfig writes cloud-init's configuration.
type cloudConfig struct{}

// Metadata sets the name of the function.
func (cloudConfig) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "cloud_config"
}

// Definition says what it takes and returns.
func (cloudConfig) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "cloud-init's configuration as text, checked",
		MarkdownDescription: "Returns `#cloud-config` and the YAML of an object, for `user_data` or `user_data_wo` of " +
			"`novasphere_compute_instance`. cloud-init passes over what it does not know with no more than a line in the guest's log, so a " +
			"misspelt key shows as a machine that lacks something: here it is an error of the plan, with the key that it is like. " +
			"Checked are the keys of the first level, and the kinds and arguments of the common ones (`users`, `write_files`, `runcmd`, " +
			"`packages`, `ssh_authorized_keys`, `chpasswd`, `ntp`, `mounts`, `power_state` and more). `yamlencode` checks nothing. Texts that " +
			"YAML would read as something else are quoted, texts of several lines are blocks, and keys stand in alphabetical order. An " +
			"attribute that is null is left out. Values that are sensitive or ephemeral make a result that is. A key of a cloud-init that is " +
			"newer than this provider is refused too: write `\"#cloud-config\\n${yamlencode(...)}\"` then.",
		Parameters: []function.Parameter{function.DynamicParameter{Name: "config", MarkdownDescription: "An object with cloud-init's keys. " +
			"Permissions of files are texts (`\"0600\"`)."}},
		Return: function.StringReturn{},
	}
}

// Run writes the configuration.
func (cloudConfig) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var config types.Dynamic
	if resp.Error = req.Arguments.Get(ctx, &config); resp.Error != nil {
		return
	}
	values, isObject := plainOf(config).(map[string]any)
	if !isObject {
		resp.Error = atArgument(errors.New("it is no object: write { hostname = \"web\", ... }"))
		return
	}
	text, err := cloudconfig.Text(values)
	if resp.Error = atArgument(err); resp.Error == nil {
		resp.Error = resp.Result.Set(ctx, text)
	}
}
