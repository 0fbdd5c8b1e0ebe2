"""What forecasts run on, without torch and statsmodels: types, filters, ONNX, residuals."""
