{{- define "dualstack.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* The name of the objects; 40 characters leave room for what is appended. */}}
{{- define "dualstack.fullname" -}}
{{- $name := include "dualstack.name" . }}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- .Values.fullnameOverride | default $full | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "dualstack.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "dualstack.fullname" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- /* One in a cluster, and the last by name, after the injectors. */}}
{{- define "dualstack.webhookConfigurationName" -}}zz-dualstack-webhook{{- end }}

{{- /* The name by which the API server calls the webhook. */}}
{{- define "dualstack.dnsName" -}}
{{ include "dualstack.fullname" . }}.{{ .Release.Namespace }}.svc
{{- end }}

{{- define "dualstack.authoritySecretName" -}}
{{ include "dualstack.fullname" . }}-authority
{{- end }}

{{- /* The Secret with the certificate's files; not for certificates.mode self. */}}
{{- define "dualstack.tlsSecretName" -}}
{{- if eq .Values.certificates.mode "secret" }}
{{- required "certificates.secret.name: name the Secret with the serving certificate" .Values.certificates.secret.name }}
{{- else }}
{{- include "dualstack.fullname" . }}-tls
{{- end }}
{{- end }}

{{- /* A released chart names the digest of its image: tools/release/release.mk. */}}
{{- define "dualstack.image" -}}
{{- $released := index ($.Chart.Annotations | default dict) "dualstack.dev/image-digest" }}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}
{{- else if .tag }}{{ .repository }}:{{ .tag }}
{{- else if $released }}{{ .repository }}@{{ $released }}
{{- else }}{{ .repository }}:{{ $.Chart.AppVersion }}
{{- end }}
{{- end }}
{{- end }}

{{- /* What selects the pods. It can never change. */}}
{{- define "dualstack.selectorLabels" -}}
app.kubernetes.io/name: {{ include "dualstack.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /*
The metadata of an object: root, and if they are wanted suffix (of the full
name) or name, cluster (true if it has no namespace), labels and annotations.
*/}}
{{- define "dualstack.metadata" -}}
{{- $selected := fromYaml (include "dualstack.selectorLabels" .root) }}
{{- $described := dict
  "helm.sh/chart" (printf "%s-%s" .root.Chart.Name (.root.Chart.Version | replace "+" "_"))
  "app.kubernetes.io/version" (.root.Chart.AppVersion | replace "+" "_")
  "app.kubernetes.io/managed-by" .root.Release.Service -}}
name: {{ .name | default (list (include "dualstack.fullname" .root) .suffix | compact | join "-") }}
{{- if not .cluster }}
namespace: {{ .root.Release.Namespace }}
{{- end }}
labels:
  {{- toYaml (merge (dict) (.labels | default dict) $selected $described .root.Values.commonLabels) | nindent 2 }}
{{- with merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* The file that dualstack serve reads. */}}
{{- define "dualstack.configuration" -}}
apiVersion: dualstack.dev/v1alpha1
kind: Configuration
{{ toYaml .Values.configuration }}
{{- end }}

{{- /* The pods take part in no mesh, and do not change themselves. */}}
{{- define "dualstack.apartLabels" -}}
dualstack.dev/mode: "off"
istio.io/dataplane-mode: none
kuma.io/sidecar-injection: disabled
sidecar.istio.io/inject: "false"
{{- end }}

{{- define "dualstack.apartAnnotations" -}}
consul.hashicorp.com/connect-inject: "false"
linkerd.io/inject: disabled
{{- end }}

{{- /* What makes an object part of helm test alone, and leaves nothing of it behind. */}}
{{- define "dualstack.testHook" -}}
helm.sh/hook: test
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded,hook-failed
helm.sh/hook-output-log-policy: hook-failed
{{- end }}
