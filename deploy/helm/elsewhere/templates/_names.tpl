{{- define "elsewhere.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The release's name, with the chart's unless it contains it. Leaves room for "-admin". */}}
{{- define "elsewhere.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- default $full .Values.fullnameOverride | trunc 57 | trimSuffix "-" -}}
{{- end -}}

{{- define "elsewhere.serviceAccountName" -}}
{{- $generated := .Values.serviceAccount.create | ternary (include "elsewhere.fullname" .) "default" -}}
{{- default $generated .Values.serviceAccount.name -}}
{{- end -}}

{{- define "elsewhere.selectorLabels" -}}
app.kubernetes.io/name: {{ include "elsewhere.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "elsewhere.labels" -}}
{{ include "elsewhere.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}
