{{/* The secrets that are files, as name and file. */}}
{{- define "elsewhere.secretFiles" -}}
{{- with .Values.secrets -}}
{{- $files := dict "cookie-secrets" .cookieSecrets "admin-tokens" .adminTokens "pseudonym-key" .pseudonymKey -}}
{{- range $file, $secret := $files }}
{{- if $secret.existingSecret }}
- secret:
    name: {{ $secret.existingSecret }}
    items:
      - key: {{ $secret.key }}
        path: {{ $file }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "elsewhere.volumes" -}}
- name: settings
  configMap:
    name: {{ include "elsewhere.fullname" . }}
{{- with include "elsewhere.secretFiles" . }}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- trim . | nindent 6 }}
{{- end }}
{{- with .Values.tls.public.existingSecret }}
- name: tls-public
  secret:
    secretName: {{ . }}
    defaultMode: 0440
{{- end }}
{{- with .Values.tls.admin.existingSecret }}
- name: tls-admin
  secret:
    secretName: {{ . }}
    defaultMode: 0440
{{- end }}
{{- if eq .Values.database.type "sqlite" }}
- name: data
  persistentVolumeClaim:
    claimName: {{ default (include "elsewhere.fullname" .) .Values.persistence.existingClaim }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "elsewhere.volumeMounts" -}}
- name: settings
  mountPath: /etc/elsewhere
  readOnly: true
{{- if include "elsewhere.secretFiles" . }}
- name: secrets
  mountPath: /run/secrets/elsewhere
  readOnly: true
{{- end }}
{{- if .Values.tls.public.existingSecret }}
- name: tls-public
  mountPath: /run/tls/public
  readOnly: true
{{- end }}
{{- if .Values.tls.admin.existingSecret }}
- name: tls-admin
  mountPath: /run/tls/admin
  readOnly: true
{{- end }}
{{- if eq .Values.database.type "sqlite" }}
- name: data
  mountPath: /data
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}
